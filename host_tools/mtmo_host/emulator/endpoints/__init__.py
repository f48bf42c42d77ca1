"""The lines that join an emulated modem to the world, one kind a file; each serves on an asyncio loop."""

from mtmo_host.emulator.endpoints.base import Endpoint, Talker
from mtmo_host.emulator.endpoints.descriptor import SocketEndpoint
from mtmo_host.emulator.endpoints.pty import PtyEndpoint
from mtmo_host.emulator.endpoints.rfc2217 import Rfc2217Endpoint
from mtmo_host.emulator.endpoints.serial_port import SerialEndpoint
from mtmo_host.emulator.endpoints.tcp import TcpEndpoint
from mtmo_host.emulator.endpoints.unix import UnixEndpoint

__all__ = [
    "Endpoint",
    "PtyEndpoint",
    "Rfc2217Endpoint",
    "SerialEndpoint",
    "SocketEndpoint",
    "Talker",
    "TcpEndpoint",
    "UnixEndpoint",
]
