"""The state on disk: nothing accepted is lost by kill -9, on SQLite and on PostgreSQL; secrets stay what they are."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from network_world import World
from programs import find_program, requires

from mtmo_host.errors import MtmoError
from mtmo_host.network.schema import BUFFERED, DELIVERED, MO, PENDING
from mtmo_host.network.store import Store

_VICTIM = Path(__file__).parents[2] / "support" / "network_victim.py"


class Victim:
    """The network in a process; `accepted` collects what it has said yes to."""

    def __init__(self, state: str) -> None:
        self._process = subprocess.Popen([sys.executable, str(_VICTIM), state], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url, self.token = self._process.stdout.readline().split()
        self.mo: list[int] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        self.mo += [int(line) for line in self._process.stdout if line.endswith("\n")]

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()


async def load(victim: Victim, seconds: float) -> list[tuple[int, str]]:
    """Sends MT from eight clients until the process is killed: (id, payload) of those that were accepted."""
    accepted: list[tuple[int, str]] = []

    async def client(name: int, headers: dict[str, str], endpoint: int) -> None:
        async with httpx.AsyncClient(base_url=victim.url, headers=headers, verify=False) as http:
            for number in range(10**6):
                payload = f"mt {name} {number}"
                try:
                    answer = await http.post(f"/api/v1/endpoint/{endpoint}/sms", json={"payload": payload})
                except httpx.TransportError:
                    return
                assert answer.status_code == 201
                accepted.append((int(answer.headers["location"].split("/")[8]), payload))

    async with httpx.AsyncClient(base_url=victim.url, verify=False) as http:
        answer = await http.post("/api/v1/authenticate", json={"application_token": victim.token})
        headers = {"Authorization": f"Bearer {answer.json()['auth_token']}"}
        endpoint = (await http.get("/api/v1/endpoint", headers=headers)).json()[0]["id"]
    clients = [asyncio.create_task(client(name, headers, endpoint)) for name in range(8)]
    await asyncio.sleep(seconds)
    await asyncio.to_thread(victim.kill)
    await asyncio.gather(*clients)
    return accepted


def kill_in_the_middle(state: str) -> None:
    tokens = set()
    accepted: list[tuple[int, str]] = []
    mo: list[int] = []
    for seconds in (0.3, 0.7):
        victim = Victim(state)
        tokens.add(victim.token)
        accepted += asyncio.run(load(victim, seconds))
        mo.append(len(victim.mo))
    store = Store.open(state)
    try:
        (endpoint,) = store.endpoints()
        found = {message.id: message for message in store.messages.of_endpoint(endpoint.id)}
        assert len(accepted) > 20
        assert [found[number].payload for number, _ in accepted] == [payload for _, payload in accepted]
        assert {found[number].status_id for number, _ in accepted} <= {PENDING, BUFFERED}
        stored_mo = sum(message.sms_type == MO for message in found.values())
        assert sum(mo) <= stored_mo <= sum(mo) + 4  # the one under way when the process died may be there, too
        assert len(tokens) == 1
        world = World(store)
        world.first.attach()
        delivered = {deliver.text for deliver in world.first.delivered}
        assert delivered >= {payload for _, payload in accepted}
        assert store.messages.get(accepted[-1][0]).status_id == DELIVERED  # type: ignore[union-attr]
    finally:
        store.close()


def test_nothing_accepted_is_lost_by_kill_9_on_sqlite(tmp_path: Path) -> None:
    kill_in_the_middle(str(tmp_path / "state"))


@requires("postgresql")
def test_nothing_accepted_is_lost_by_kill_9_on_postgresql(postgres: str) -> None:
    kill_in_the_middle(postgres)


@requires("postgresql")
def test_delivery_and_the_p2p_limit_work_the_same_on_postgresql(postgres: str) -> None:
    store = Store.open(postgres)
    world = World(store)
    world.first.attach()
    for number in range(7):
        world.core.phone_send("491511234567", f"text {number}", "unit-1")
    world.first.settle()
    assert len(world.first.delivered) == 6
    world.pass_time(61)
    assert [deliver.text for deliver in world.first.delivered][-1] == "text 6"
    world.first.send("+423663921520532", "温度", ton=1, dcs=8, srr=True, mr=3)
    world.second.attach()
    world.first.settle()
    assert world.second.delivered[0].text == "温度"
    assert world.first.taken[-1][0] & 3 == 2  # the status report
    assert store.messages.counts()[world.one.id] == (1, 0)
    store.close()


@pytest.fixture
def postgres() -> Iterator[str]:
    """The URL of a fresh PostgreSQL, reached by its socket; the server does not run as root."""
    initdb = find_program("postgresql")
    assert initdb is not None
    folder = Path(tempfile.mkdtemp(prefix="mtmo-pg-"))
    become: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    programs = Path(initdb).resolve().parent
    data = folder / "data"
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    subprocess.run(
        [*become, initdb, "-D", data, "-U", "mtmo", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True, capture_output=True, cwd=folder, env=environment,
    )  # fmt: skip
    command = [*become, programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"]
    server = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not (folder / ".s.PGSQL.5432").exists():
            assert time.monotonic() < deadline
            assert server.poll() is None
            time.sleep(0.05)
        url = f"postgresql://mtmo@/postgres?host={folder}"
        _wait_ready(url, deadline)
        yield url
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_ready(url: str, deadline: float) -> None:
    while True:
        try:
            Store.open(url).close()
            return
        except MtmoError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_the_files_of_the_state_are_for_their_owner_alone(tmp_path: Path) -> None:
    state = tmp_path / "state"
    store = Store.open(state)
    store.application_token()
    for path in [state, *state.iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    store.close()


def test_secrets_accounts_and_devices_survive_a_restart(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        store = Store.open(tmp_path)
        endpoint = store.add_endpoint("a", imei="1", iccid="2", imsi="3", msisdn="+4")
        seen.append((store.application_token(), store.jwt_secret(), store.smpp_account(), endpoint.id))
        store.close()
    assert seen[0] == seen[1]
    assert len(seen[0][2][1]) == 8


def test_two_processes_cannot_use_one_state_directory(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    with pytest.raises(MtmoError, match="in use by another mtmo"):
        Store.open(tmp_path)
    store.close()
    Store.open(tmp_path).close()


@pytest.mark.parametrize("state", ["nonsense://x", "postgresql://nobody@127.0.0.1:1/none", "/dev/null/state"])
def test_a_state_that_cannot_be_opened_is_one_clear_error(state: str) -> None:
    with pytest.raises(MtmoError) as caught:
        Store.open(state)
    assert caught.value.field == "--state"
    assert caught.value.fix


def test_a_damaged_database_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "network.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(MtmoError, match="cannot be opened"):
        Store.open(tmp_path)


def test_two_sims_cannot_have_one_number(tmp_path: Path) -> None:
    store = Store.open(":memory:")
    store.add_endpoint("a", imei=None, iccid="1", imsi="1", msisdn="42")
    with pytest.raises(MtmoError, match="another SIM"):
        store.add_endpoint("b", imei=None, iccid="2", imsi="2", msisdn="42")
