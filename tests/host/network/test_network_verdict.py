"""Page and command line judge alike: one log, read by `mtmo sms watch` and by the page's own call."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from network_world import World, eventually, served

from mtmo_host.commands.sms import command
from mtmo_host.fleet.file import Device, upsert
from mtmo_host.network.signer import Signer
from mtmo_host.sms import sc1
from mtmo_host.sms.assembly import Assembler
from mtmo_host.sms.counters import CounterStore
from mtmo_host.sms.device_keys import export_keys, load_keys
from mtmo_host.sms.keys import MasterKey
from mtmo_host.sms.segmentation import segments

LONG = "ping " + "x" * 150  # signed, it takes two SMS
PAGE_WORDS = {"✓ VERIFIED": "VERIFIED", "signed": "VERIFIED", "REPEATED": "REPEATED", "NOT VERIFIED": "UNVERIFIED"}


class Desk(World):
    """A served network, a key, and the command line's options for it."""

    def __init__(self, folder: Path, page_folder: Path) -> None:
        super().__init__()
        self.client = httpx.AsyncClient()
        self.folder = folder
        self.master = MasterKey.create(folder / "fleet.key", demo=True)
        self.signer = Signer(self.master, CounterStore(page_folder / "counters.json"))
        self.keys = self.master.slot(self.first.imei)
        upsert(folder / "fleet.csv", Device("unit-1", self.first.imei, platform_id=str(self.one.id)))

    async def mtmo(self, *arguments: str, keys: str = "fleet.key") -> list[dict[str, Any]]:
        """What `mtmo sms … --json` prints."""
        options = ["--url", str(self.client.base_url), "--token", self.store.application_token()]
        options += ["--fleet", str(self.folder / "fleet.csv"), "--keys", str(self.folder / keys)]
        options += ["--state", str(self.folder), "--json"]
        result = await asyncio.to_thread(CliRunner().invoke, command, [*arguments, *options])
        assert result.exit_code == 0, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    async def whole_command(self) -> sc1.Command:
        """The command that the device has got, of however many SMS."""
        assembler = Assembler()

        def command() -> sc1.Command | None:
            self.first.settle()
            for deliver in self.first.delivered:
                joined = assembler.feed("", deliver.ud, 0.0)
                if joined is not None:
                    return sc1.verify_command(self.keys, self.first.imei, joined.text or "")
            return None

        found: sc1.Command = await eventually(command)
        return found

    def reply(self, to: sc1.Command, text: str, part: int = 0) -> str:
        return sc1.sign_reply(
            self.keys, self.first.imei, to.kid, to.ctr, to.tag, text, part=part, encrypted=to.encrypted
        )

    def send(self, text: str, ref: int = 7) -> None:
        """From the device, in as many SMS as it takes."""
        for segment in segments(text, ref=ref):
            self.first.send("12345", None, payload=segment.ud, header=segment.udh, dcs=segment.dcs)

    async def by_page(self) -> list[tuple[str, str, str]]:
        """(direction, verdict, text) of what the page shows."""
        answer = await self.client.get(f"/console/api/endpoint/{self.one.id}/messages")
        found = []
        for one in answer.json():
            words = [PAGE_WORDS[text] for _, text, _ in one["chips"] if text in PAGE_WORDS]
            found.append(("MT" if one["mt"] else "MO", *(words or ["-"]), one["text"]))
        return found

    async def by_watch(self) -> list[tuple[str, str, str]]:
        """The same of `mtmo sms watch --history`."""
        lines = await self.mtmo("watch", "--history", "--for", "0")
        return [(line["direction"], line["verdict"], line["text"]) for line in lines]


def play(folder: Path, scenario: Callable[[Desk], Awaitable[None]], *, same_counters: bool = True) -> None:
    async def run() -> None:
        page_folder = folder if same_counters else folder / "page"
        page_folder.mkdir(exist_ok=True)
        desk = Desk(folder, page_folder)
        async with served(desk.core, signer=desk.signer) as client:
            desk.client = client
            await scenario(desk)

    asyncio.run(run())


@pytest.mark.parametrize("same_counters", [True, False])
@pytest.mark.parametrize("options", [[], ["--encrypt"]], ids=["plain", "encrypted"])
def test_a_command_in_two_parts_and_its_answer_in_two_are_verified_on_both(
    tmp_path: Path, options: list[str], same_counters: bool
) -> None:
    async def scenario(desk: Desk) -> None:
        desk.first.attach()
        sending = asyncio.create_task(desk.mtmo("send", "unit-1", "-m", LONG, *options))
        got = await desk.whole_command()
        desk.send(desk.reply(got, "Q working"))
        desk.send(desk.reply(got, "OK first"))
        desk.send(desk.reply(got, "OK second " + "y" * 140, part=1))  # and this one goes in two SMS
        last = (await sending)[-1]
        assert (last["segments"], last["verdict"]) == (2, "VERIFIED")
        expected = [
            ("MT", "VERIFIED", LONG),
            ("MO", "VERIFIED", "Q working"),
            ("MO", "VERIFIED", "OK first"),
            ("MO", "VERIFIED", "OK second " + "y" * 140),
        ]
        assert await desk.by_page() == expected
        assert await desk.by_watch() == expected
        shown = (await desk.client.get(f"/console/api/endpoint/{desk.one.id}/messages")).json()
        assert [one["note"].split(" · ")[1] for one in (shown[0], shown[3])] == ["2 SMS", "2 SMS"]
        assert all(one["note"].endswith(f"answers {LONG[:60]}…") for one in shown[1:])

    play(tmp_path, scenario, same_counters=same_counters)


def test_whatever_stands_in_a_log_has_one_verdict(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        desk.first.attach()
        await desk.mtmo("send", "unit-1", "-m", LONG, "--wait", "0")
        got = await desk.whole_command()
        desk.core.submit_mt(desk.one.id, "plain text", source_address="12345")
        imei, wrong = desk.first.imei, MasterKey.create(tmp_path / "wrong.key", demo=True).slot(desk.first.imei)
        notice = sc1.sign_notice(desk.keys, imei, "A", 5, "boot " + "z" * 150)
        good = desk.reply(got, "OK fine " + "y" * 120)
        texts = (
            (notice, "VERIFIED"),
            (sc1.sign_notice(desk.keys, imei, "A", 6, "later"), "VERIFIED"),
            (notice, "REPEATED"),
            (sc1.sign_notice(wrong, imei, "A", 7, "forged"), "UNVERIFIED"),
            (good, "VERIFIED"),
            (good.replace("fine", "Fine"), "UNVERIFIED"),
            (sc1.sign_reply(desk.keys, imei, "A", got.ctr + 1, got.tag, "OK to nothing"), "UNVERIFIED"),
            (sc1.sign(desk.keys, imei, "A", 9, "ping").sms, "UNVERIFIED"),  # a command is none from a device
            ("=A18.nonsense", "UNVERIFIED"),
            ("anybody's text", "UNVERIFIED"),
        )
        for ref, (text, _) in enumerate(texts):
            desk.send(text, ref)
        shown = await desk.by_page()
        assert [verdict for _, verdict, _ in shown] == ["VERIFIED", "-", *(verdict for _, verdict in texts)]
        assert await desk.by_watch() == shown
        assert await desk.by_page() == shown  # what has been noted changes nothing

    play(tmp_path, scenario)


def test_segments_that_come_mixed_are_told_apart_and_a_lonely_one_has_no_verdict(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        imei = desk.first.imei
        notices = [sc1.sign_notice(desk.keys, imei, "A", number, f"{number} " + "z" * 150) for number in (1, 2, 3)]
        cut = [segments(text, ref=ref) for ref, text in enumerate(notices)]
        order = (cut[0][0], cut[1][1], cut[2][0], cut[1][0], cut[0][1])
        for segment in order:
            desk.first.send("12345", None, payload=segment.ud, header=segment.udh, dcs=segment.dcs)
        verdicts = [(verdict, text[:1]) for _, verdict, text in await desk.by_page()]
        assert verdicts == [("VERIFIED", "1"), ("VERIFIED", "2"), ("UNVERIFIED", "+")]
        assert [(verdict, text[:1]) for _, verdict, text in await desk.by_watch()] == verdicts[:2]

    play(tmp_path, scenario)


def test_a_text_that_no_key_opens_is_unverified_and_ends_nothing(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        imei = desk.first.imei
        export_keys(desk.master, [imei], "A", {imei: 1}, tmp_path / "desk-a.keys")
        foreign = sc1.sign_notice(desk.master.slot(imei, "B"), imei, "B", 1, "to slot B")
        desk.send(foreign)
        desk.send(sc1.sign_notice(desk.keys, imei, "A", 1, "to slot A"))
        lines = await desk.mtmo("watch", "--history", "--for", "0", keys="desk-a.keys")
        assert [(line["verdict"], line["text"]) for line in lines] == [
            ("UNVERIFIED", foreign),
            ("VERIFIED", "to slot A"),
        ]
        page = Signer(load_keys(tmp_path / "desk-a.keys"), CounterStore(tmp_path / "page.json"))
        read = page.read(desk.store, desk.one, 2)
        assert [found and found.verdict for _, found in read] == ["UNVERIFIED", "VERIFIED"]

    play(tmp_path, scenario)


def test_a_text_of_two_parts_is_canceled_as_one(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        await desk.mtmo("send", "unit-1", "-m", LONG, "--wait", "0")
        url = f"/console/api/endpoint/{desk.one.id}/messages"
        (shown,) = (await desk.client.get(url)).json()
        assert shown["can_cancel"]
        assert (await desk.client.post(f"{url}/{shown['id']}/cancel")).json() == {"canceled": True}
        desk.first.attach()
        assert desk.first.delivered == []
        (shown,) = (await desk.client.get(url)).json()
        assert shown["chips"][0][1] == "Canceled"

    play(tmp_path, scenario)
