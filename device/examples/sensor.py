"""The agent beside an application: one task samples, a verb tells the newest value to whoever may ask."""

import asyncio

import mtmo


class Sampler:
    """Stands for a sensor; replace `read` by your own."""

    def __init__(self):
        self.value = 0

    async def run(self):
        """Take a sample a second."""
        while True:
            self.value = (self.value + 7) % 100
            await asyncio.sleep(1)


async def main():
    sampler = Sampler()
    agent = mtmo.Agent.from_flash()

    @agent.verb("temp", help="temp, the newest sample", access="read")
    def temp(args):
        return "t=%d" % sampler.value

    sampling = asyncio.create_task(sampler.run())
    try:
        await agent.run()
    finally:
        sampling.cancel()


asyncio.run(main())
