# exercise: total

# %% right
import asyncio


async def square(v):
    await asyncio.sleep(0)
    return v * v


async def squares(values):
    return [await square(v) for v in values]


def total(values):
    loop = asyncio.new_event_loop()
    try:
        return sum(loop.run_until_complete(squares(values)))
    finally:
        loop.close()
