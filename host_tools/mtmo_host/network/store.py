"""The network's state on disk: opens the database, and keeps devices, secrets and accounts.

Store, then acknowledge: every method has committed when it returns. SQLite runs in WAL mode with synchronous=NORMAL:
a commit is in the kernel's page cache, so killing the process loses nothing; only a crash of the whole machine may
take the last commits (never the consistency). PostgreSQL by URL gives full durability.
"""

from __future__ import annotations

import os
import secrets
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

from mtmo_host.durable import claim
from mtmo_host.errors import MtmoError
from mtmo_host.network import schema
from mtmo_host.network.messages import MessageLog
from mtmo_host.network.schema import Endpoint, Sim, endpoints, meta, sims, smpp_accounts

_FILE = "network.db"
_FIRST_ENDPOINT = 11380001
_FIRST_SIM = 4397001
_SCHEMA_VERSION = "1"
_BUSY_MS = 5000


class Store:
    """All tables behind one engine; used from one thread (the event loop's)."""

    def __init__(self, engine: sa.Engine, lock: int | None = None, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._lock = lock
        self._clock = clock
        self.messages = MessageLog(engine)
        self._known: dict[int, Endpoint] = {}  # every message asks for its device; this process alone changes them
        self._prepare()

    @classmethod
    def open(cls, state: Path | str, clock: Callable[[], float] = time.time) -> Store:
        """The store in a directory (SQLite), at a database URL, or at ':memory:'; MtmoError when it cannot be used."""
        text = str(state)
        if text == ":memory:":
            return cls(_memory_engine(), None, clock)
        if "://" in text:
            return cls(_url_engine(text), None, clock)
        lock, path = _claim_directory(Path(state))
        try:
            return cls(_sqlite_engine(path), lock, clock)
        except BaseException:
            os.close(lock)
            raise

    def close(self) -> None:
        """Ends all connections and frees the directory for others."""
        self._engine.dispose()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _prepare(self) -> None:
        try:
            schema.metadata.create_all(self._engine)
            version = self.meta("schema", lambda: _SCHEMA_VERSION)
        except (DBAPIError, SQLAlchemyError) as error:
            cause = getattr(error, "orig", None) or error
            raise MtmoError(
                f"the network's database cannot be opened: {str(cause).strip().splitlines()[0]}",
                field="--state",
                fix="name a directory you can write to, or a reachable PostgreSQL URL",
            ) from error
        if version != _SCHEMA_VERSION:
            raise MtmoError(
                f"the database has layout {version}, this version needs {_SCHEMA_VERSION}",
                field="--state",
                fix="use another --state directory",
            )

    # secrets and settings

    def meta(self, name: str, make: Callable[[], str]) -> str:
        """The stored value of that name; made and stored when it is new."""
        query = sa.select(meta.c.value).where(meta.c.name == name)
        with self._engine.begin() as db:
            found = db.execute(query).scalar()
            if found is None:
                found = make()
                db.execute(sa.insert(meta).values(name=name, value=found))
        return str(found)

    def application_token(self) -> str:
        """The token for /authenticate, the same after every restart."""
        return self.meta("application_token", lambda: "mtmo_" + secrets.token_urlsafe(32))

    def jwt_secret(self) -> str:
        """The key that signs the bearer tokens."""
        return self.meta("jwt_secret", lambda: secrets.token_hex(32))

    # SMPP accounts

    def smpp_account(self, system_id: str = "mtmo") -> tuple[str, str]:
        """(system_id, password) of the account; made with a random password of 8 characters when it is new."""
        query = sa.select(smpp_accounts.c.password).where(smpp_accounts.c.system_id == system_id)
        with self._engine.begin() as db:
            password = db.execute(query).scalar()
            if password is None:
                password = secrets.token_hex(4)
                db.execute(sa.insert(smpp_accounts).values(system_id=system_id, password=password, receives=False))
        return system_id, str(password)

    def smpp_password(self, system_id: str) -> str | None:
        """The password of the account, None when there is no such account."""
        query = sa.select(smpp_accounts.c.password).where(smpp_accounts.c.system_id == system_id)
        with self._engine.connect() as db:
            return db.execute(query).scalar()

    def smpp_receives(self, system_id: str) -> None:
        """Notes that the account takes MO; from now on MO is kept for it while it is away."""
        change = sa.update(smpp_accounts).where(smpp_accounts.c.system_id == system_id).values(receives=True)
        with self._engine.begin() as db:
            db.execute(change)

    def smpp_receivers(self) -> list[str]:
        """The accounts MO is kept for."""
        with self._engine.connect() as db:
            query = sa.select(smpp_accounts.c.system_id).where(smpp_accounts.c.receives)
            return list(db.execute(query).scalars())

    # devices

    def add_endpoint(
        self, name: str, *, imei: str | None, iccid: str, imsi: str, msisdn: str, endpoint_id: int | None = None
    ) -> Endpoint:
        """The device with that SIM; made when the ICCID is new, else brought up to date. `msisdn` without '+'."""
        msisdn = msisdn.lstrip("+")
        self._known.clear()
        now = self._clock()
        with self._engine.begin() as db:
            row = db.execute(sa.select(sims.c.id).where(sims.c.iccid == iccid)).scalar()
            values: dict[str, Any] = {"imsi": imsi, "msisdn": msisdn}
            try:
                if row is None:
                    sim_id = _next_id(db, sims, _FIRST_SIM)
                    db.execute(sa.insert(sims).values(id=sim_id, iccid=iccid, status_id=1, created=now, **values))
                else:
                    sim_id = int(row)
                    db.execute(sa.update(sims).where(sims.c.id == sim_id).values(**values))
            except sa.exc.IntegrityError as error:
                raise MtmoError(
                    f"another SIM has IMSI {imsi} or number {msisdn}", field="sim", fix="give each device its own"
                ) from error
            found = db.execute(sa.select(endpoints.c.id).where(endpoints.c.sim_id == sim_id)).scalar()
            changed: dict[str, Any] = {"name": name, "imei": imei, "last_updated": now}
            if found is None:
                found = endpoint_id or _next_id(db, endpoints, _FIRST_ENDPOINT)
                db.execute(
                    sa.insert(endpoints).values(
                        id=found, status_id=0, sim_id=sim_id, created=now, ip_address=_address(int(found)), **changed
                    )
                )
            else:
                db.execute(sa.update(endpoints).where(endpoints.c.id == found).values(**changed))
        return self._endpoints(endpoints.c.id == int(found))[0]

    def update_endpoint(self, endpoint_id: int, **values: Any) -> None:
        """Changes columns of one device."""
        change = sa.update(endpoints).where(endpoints.c.id == endpoint_id)
        with self._engine.begin() as db:
            db.execute(change.values(last_updated=self._clock(), **values))
        self._known.pop(endpoint_id, None)

    def endpoints(self) -> list[Endpoint]:
        """All devices that are not deleted, by id."""
        return self._endpoints(endpoints.c.status_id != 2)

    def endpoint(self, endpoint_id: int) -> Endpoint | None:
        """The device of that id."""
        if endpoint_id not in self._known:
            found = self._one(endpoints.c.id == endpoint_id)
            if found is None:
                return None
            self._known[endpoint_id] = found
        return self._known[endpoint_id]

    def endpoint_by_imsi(self, imsi: str) -> Endpoint | None:
        """The device that holds the SIM with that IMSI."""
        return self._one(sims.c.imsi == imsi)

    def endpoint_by_number(self, number: str) -> Endpoint | None:
        """The device with that MSISDN, written with or without '+' or '00'."""
        digits = number.removeprefix("+").removeprefix("00")
        return self._one(sims.c.msisdn == digits)

    def endpoint_by_name(self, name: str) -> Endpoint | None:
        """The device of that name."""
        return self._one(endpoints.c.name == name)

    def _one(self, condition: sa.ColumnElement[bool]) -> Endpoint | None:
        found = self._endpoints(condition, limit=1)
        return found[0] if found else None

    def _endpoints(self, condition: sa.ColumnElement[bool], limit: int | None = None) -> list[Endpoint]:
        sim_columns = [column.label(f"sim_{column.name}") for column in sims.c if column.name != "id"]
        query = (
            sa.select(*endpoints.c, *sim_columns)
            .outerjoin_from(endpoints, sims, endpoints.c.sim_id == sims.c.id)
            .where(condition)
            .order_by(endpoints.c.id)
            .limit(limit)
        )
        with self._engine.connect() as db:
            return [_endpoint(row) for row in db.execute(query).mappings()]


def _endpoint(row: sa.RowMapping) -> Endpoint:
    if row["sim_id"] is None:
        return schema.record(Endpoint, row, sim=None)
    sim = Sim(
        row["sim_id"], row["sim_iccid"], row["sim_imsi"], row["sim_msisdn"], row["sim_status_id"], row["sim_created"]
    )
    return schema.record(Endpoint, row, sim=sim)


def _next_id(db: sa.Connection, table: sa.Table, first: int) -> int:
    highest = db.execute(sa.select(sa.func.max(table.c.id))).scalar()
    return first if highest is None else int(highest) + 1


def _address(endpoint_id: int) -> str:
    """A private address in 10/8 that never changes for the device; .0 and .255 are left out."""
    number = endpoint_id % (65536 * 254)
    return f"10.{64 + number // (256 * 254) % 192}.{number // 254 % 256}.{number % 254 + 1}"


def _memory_engine() -> sa.Engine:
    return sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool, connect_args={"check_same_thread": False})


def _sqlite_engine(path: Path) -> sa.Engine:
    engine = sa.create_engine(f"sqlite:///{path}", pool_size=1, max_overflow=4)

    @event.listens_for(engine, "connect")
    def _tune(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        cursor.close()

    return engine


def _url_engine(url: str) -> sa.Engine:
    if url.startswith(("postgres://", "postgresql://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    try:
        return sa.create_engine(url, pool_pre_ping=True)
    except (sa.exc.ArgumentError, NoSuchModuleError) as error:
        raise MtmoError(
            "not a database URL", field="--state", fix="for example postgresql://user:password@host/database"
        ) from error
    except ImportError as error:
        raise MtmoError(
            "PostgreSQL needs the psycopg package", field="--state", fix="pip install 'mtmo[postgres]'"
        ) from error


def _claim_directory(directory: Path) -> tuple[int, Path]:
    """Makes the directory and its database file for this user alone, and locks it: (lock's descriptor, file)."""
    lock = claim(directory, "network.lock")
    path = directory / _FILE
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)
    except OSError as error:
        os.close(lock)
        fix = "name a directory you can write to"
        raise MtmoError(f"{path}: {error.strerror}", field="--state", fix=fix) from error
    return lock, path
