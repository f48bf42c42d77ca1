"""A verb that drives an output: operators may switch the relay, viewers may not."""

import asyncio

import machine

import mtmo

relay = machine.Pin(14, machine.Pin.OUT, value=0)
agent = mtmo.Agent.from_flash()


@agent.verb("relay", help="relay on/off", access="write")
def switch(context, args):
    if args not in (["on"], ["off"]):
        raise mtmo.VerbError(12, "on or off")
    relay.value(1 if args == ["on"] else 0)
    return "relay=%s by %s" % (args[0], context.entry.oa)


asyncio.run(agent.run())
