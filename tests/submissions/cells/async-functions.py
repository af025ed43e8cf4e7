# about: coroutines, awaited by the test

# %% right
import asyncio


async def fetch(name, delay=0.0):
    await asyncio.sleep(delay)
    return name.upper()


async def fetch_all(names):
    return await asyncio.gather(*(fetch(n) for n in names))


async def ticks(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i

# %% test
import asyncio
import inspect

assert inspect.iscoroutinefunction(fetch)
assert await fetch("a") == "A"
### BEGIN HIDDEN TESTS: many of them
assert list(await fetch_all(["x", "y"])) == ["X", "Y"]
assert [t async for t in ticks(3)] == [0, 1, 2]
try:
    await asyncio.wait_for(fetch("late", delay=5), timeout=0.01)
except asyncio.TimeoutError:
    pass
else:
    assert False
### END HIDDEN TESTS
