"""What agents and supervisors see live: consoles, the board and the websocket between."""

from __future__ import annotations

from contextlib import AsyncExitStack

from attrs import frozen

from agents.queue_rows import read_break_reasons
from departments.floor import AgentFloor
from departments.ground import Ground
from departments.records import Records
from web.alarm_bell import AlarmBell
from web.board import Board
from web.consoles import Consoles
from web.health import LoopLag
from web.live import Live
from web.live_words import Titled
from web.orders import Orders
from web.sessions import Sessions


@frozen
class Desks:
    """The live side of the web, under the names pages ask for."""

    orders: Orders
    consoles: Consoles
    board: Board
    live: Live
    loop_lag: LoopLag


async def open_consoles(ground: Ground, records: Records, floor: AgentFloor, sessions: Sessions, closing: AsyncExitStack) -> Desks:
    """Consoles and the board over the floor's state."""
    clock, calls = ground.clock, ground.calls
    orders = Orders(calls, floor.desk, records.timeline)
    consoles = Consoles(clock, sessions, orders)
    board = Board(calls, floor.floor, records.cards.of, records.accounts.get, floor.tally.counted)
    reasons = tuple(await ground.database.read(read_break_reasons))
    lists: dict[str, tuple[Titled, ...]] = {"dispositions": records.dispositions.all(), "break_reasons": reasons}
    live = Live(
        ground.bus, clock, calls, floor.floor, board, consoles, orders, records.cards.of, lambda: lists,
        lambda card, username: records.cards.shown_to(card, records.patterns.viewer(username)),
        lambda calls, username: records.cards.nameless(calls, records.patterns.viewer(username)),
    )  # fmt: skip
    bell = AlarmBell(ground.bus, consoles, records.alarms, records.patterns.viewer)
    closing.push_async_callback(bell.stop)
    loop_lag = LoopLag(clock)
    loop_lag.start()
    closing.callback(loop_lag.stop)
    return Desks(orders, consoles, board, live, loop_lag)
