"""Laws of the lane of work: in turn, bounded, and each client's trouble its own."""

import asyncio
import threading

import pytest

from sign_latent.errors import UserError
from sign_latent.studio.lane import Busy, Lane, Late


def run(work, waiting=8, seconds=30.0):
    """The result of ``work(lane)`` on a lane of its own."""

    async def main():
        lane = Lane(waiting, seconds)
        lane.start()
        try:
            return await asyncio.wait_for(work(lane), 60)
        finally:
            lane.stop()

    return asyncio.run(main())


def until(gate):
    gate.wait(30)
    yield 0


def test_results_come_whole_and_in_order():
    async def work(lane):
        return [result async for result in lane.submit(iter(x for x in range(100)))]

    assert run(work) == list(range(100))


def test_a_long_work_keeps_a_short_one_waiting_for_one_step_of_its_own_each():
    order = []

    def noted(name, steps):
        for step in range(steps):
            order.append(name)
            yield step

    async def work(lane):
        gate = threading.Event()
        held = lane.submit(until(gate))
        jobs = [lane.submit(noted("long", 50)), lane.submit(noted("short", 3))]
        gate.set()
        for job in [held, *jobs]:
            async for _ in job:
                pass

    run(work)
    assert order[:6] == ["long", "short"] * 3 and order.count("long") == 50


def test_a_full_lane_sends_away_and_takes_again_once_one_has_left():
    async def work(lane):
        gate = threading.Event()
        held, second = lane.submit(until(gate)), lane.submit(until(gate))
        with pytest.raises(Busy):
            lane.submit(until(gate))
        second.leave()
        gate.set()
        assert [result async for result in held] == [0]
        return [result async for result in lane.submit(until(gate))]

    assert run(work, waiting=2) == [0]


def test_what_is_not_done_in_time_is_late_and_not_worked_on_any_more():
    begun = []

    def never():
        begun.append(True)
        yield

    async def work(lane):
        gate = threading.Event()
        held, late = lane.submit(until(gate)), lane.submit(never())
        with pytest.raises(Late):
            await anext(late)
        with pytest.raises(Late):
            await anext(held)
        gate.set()
        return [result async for result in lane.submit(iter(x for x in "a"))]

    assert run(work, seconds=0.2) == ["a"] and not begun


@pytest.mark.parametrize("error", [UserError("no"), ZeroDivisionError(), MemoryError()])
def test_an_error_is_raised_where_its_result_is_awaited_and_nowhere_else(error):
    def failing():
        yield 1
        raise error

    async def work(lane):
        bad, good = lane.submit(failing()), lane.submit(iter(x for x in range(5)))
        assert await anext(bad) == 1
        with pytest.raises(type(error)):
            await anext(bad)
        return [result async for result in good]

    assert run(work) == list(range(5))
