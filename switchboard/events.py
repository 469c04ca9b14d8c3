"""Every event of the product: typed, frozen, past tense, ids and plain values, one teller each.

`at` is UTC epoch seconds. `call` is the call's id: Asterisk's Uniqueid of its first channel, which is also the
`linkedid` of its journals. `agent` is a username. The teller is named in each docstring.
"""

from __future__ import annotations

from attrs import field, frozen


@frozen(kw_only=True)
class Event:
    """Something that happened at `at`."""

    at: float


@frozen(kw_only=True)
class CallEvent(Event):
    """Something that happened to the live call `call`."""

    call: str


# ── The call's outline (teller: switchboard.call, the state machine of live calls) ──────────────────────────────


@frozen(kw_only=True)
class CallArrived(CallEvent):
    """A caller's INVITE reached us, or an agent's own call began (`direction` "inbound" | "outbound" | "internal").

    `caller` is the number as the network gave it ("" = withheld), `dialled` the number that was called.
    """

    direction: str
    caller: str
    caller_name: str = ""
    dialled: str
    agent: str = ""


@frozen(kw_only=True)
class CallAnswered(CallEvent):
    """Customer and agent hear each other for the first time (or again, after a transfer)."""

    agent: str


@frozen(kw_only=True)
class CallHeld(CallEvent):
    """The agent put the customer on hold."""

    agent: str


@frozen(kw_only=True)
class CallResumed(CallEvent):
    """The agent took the customer back from hold."""

    agent: str


@frozen(kw_only=True)
class CallEnded(CallEvent):
    """The customer's leg is gone and every other leg with it.

    `status`: "answered" (an agent talked), "missed" (joined a queue or rang an agent, nobody answered), "in_menu" (hung up before
    any queue), "cut_off" (Asterisk or the machine died), "failed" (an outbound call that was not answered).
    `by`: "customer" | "agent" | "system". `cause` is Asterisk's hang-up cause (Q.850).
    """

    status: str
    by: str
    cause: int = 16


@frozen(kw_only=True)
class CallAdopted(CallEvent):
    """After a restart, a call found alive in Asterisk was taken back. `state` as in switchboard.call."""

    state: str
    agent: str = ""
    queue: str = ""


# ── Facts from Asterisk about legs (teller: switchboard.asterisk.translate) ──────────────────────────────────────


@frozen(kw_only=True)
class LegRinging(CallEvent):
    """An agent's or a dialled party's phone rings."""

    leg: str


@frozen(kw_only=True)
class LegAnswered(CallEvent):
    """An agent's or a dialled party's phone was picked up."""

    leg: str


@frozen(kw_only=True)
class LegGone(CallEvent):
    """A leg other than the customer's ended; `cause` is Asterisk's (17 busy, 19 no answer, 21 rejected, 16 normal…)."""

    leg: str
    cause: int


@frozen(kw_only=True)
class LegHeld(CallEvent):
    """A phone pressed its own hold key."""

    leg: str


@frozen(kw_only=True)
class LegResumed(CallEvent):
    """A phone ended its own hold."""

    leg: str


@frozen(kw_only=True)
class CustomerGone(CallEvent):
    """The customer's leg ended (hung up, or was hung up). `leg` is the dialled party's in a call that we began."""

    cause: int
    leg: str = ""


@frozen(kw_only=True)
class DigitPressed(CallEvent):
    """The customer pressed a key ("0"–"9", "*", "#", "A"–"D")."""

    digit: str


@frozen(kw_only=True)
class PhoneSeen(Event):
    """An endpoint ("w101", "101") became reachable or not."""

    endpoint: str
    online: bool


@frozen(kw_only=True)
class PhoneSystemLost(Event):
    """The link to Asterisk broke; live calls may go on without us. `node` names the Asterisk."""

    node: str = "local"


@frozen(kw_only=True)
class PhoneSystemFound(Event):
    """The link to Asterisk stands and the live calls were rebuilt from it. `restarted`: Asterisk itself is a new process."""

    node: str = "local"
    restarted: bool


# ── The caller's way (teller: ivr.walk) ──────────────────────────────────────────────────────────────────────────


@frozen(kw_only=True)
class StepTaken(CallEvent):
    """The caller left flow node `node` (of kind `kind`) through `exit`; `entered_at` is when they came in.

    `detail` is the digits typed or another short plain value.
    """

    flow: str
    node: str
    kind: str
    exit: str
    entered_at: float
    detail: str = ""


# ── Recognition (teller: crm.recognise) ──────────────────────────────────────────────────────────────────────────


@frozen(kw_only=True)
class CallerRecognised(CallEvent):
    """Who the number belongs to. `match`: "exact" | "maybe" | "none" | "withheld"; `parties` best first; `number` in E.164 when it could be read."""

    match: str
    parties: tuple[int, ...] = ()
    number: str = ""
    priority: int = 0


@frozen(kw_only=True)
class PartyLinked(CallEvent):
    """Somebody said who the customer of this call is (created or chosen)."""

    party: int
    user: str


# ── Queue and offers (teller: agents.dispatcher) ─────────────────────────────────────────────────────────────────


@frozen(kw_only=True)
class QueueJoined(CallEvent):
    """The call began to wait in `queue`; `since` is when its wait counts from (earlier than `at` after adoption)."""

    queue: str
    since: float
    priority: int = 0


@frozen(kw_only=True)
class QueueLeft(CallEvent):
    """The call no longer waits. `why`: "answered" | "abandoned" | "timeout" | "key" | "static" (moved to the static queue) | "cut_off"."""

    queue: str
    why: str
    waited_seconds: float


@frozen(kw_only=True)
class AgentOffered(CallEvent):
    """The call is being offered to `agent`, whose phone is about to ring on leg `leg`."""

    agent: str
    queue: str
    leg: str
    since: float


@frozen(kw_only=True)
class OfferEnded(CallEvent):
    """The offer is over. `why`: "answered" | "no_answer" | "rejected" | "caller_gone" | "unreachable" | "withdrawn"."""

    agent: str
    queue: str
    leg: str
    why: str


# ── Agents (teller: agents.floor, the keeper of everyone's presence) ─────────────────────────────────────────────


@frozen(kw_only=True)
class AgentIntentChanged(Event):
    """What the person wants: `intent` "available" | "on_break" | "offline", with the reason of a break."""

    agent: str
    intent: str
    reason: str = ""


@frozen(kw_only=True)
class AgentIntentAsked(Event):
    """During a call the person asked for `intent`; it takes effect (AgentIntentChanged) when the call no longer needs them."""

    agent: str
    intent: str
    reason: str = ""


@frozen(kw_only=True)
class AgentActivityChanged(Event):
    """What the person does: `activity` "idle" | "ringing" | "talking" | "hold" | "wrap_up", on `call` if any."""

    agent: str
    activity: str
    call: str = ""
    until: float = field(default=0.0)


@frozen(kw_only=True)
class AgentReachable(Event):
    """Whether any phone of the agent can ring now."""

    agent: str
    reachable: bool


# ── Records (told after their commit) ────────────────────────────────────────────────────────────────────────────


@frozen(kw_only=True)
class CallLogged(CallEvent):
    """The ended call is in the call log (teller: switchboard.call_log)."""

    party: int = 0


@frozen(kw_only=True)
class WrapUpSaved(CallEvent):
    """The agent's result and note for the call were saved (teller: crm.timeline)."""

    agent: str
    disposition: str
    note: str
    follow_up_at: float = 0.0


@frozen(kw_only=True)
class CommunicationSaved(Event):
    """A communication stands on the timeline of `party` (teller: crm.timeline)."""

    communication: int
    party: int
    call: str = ""


@frozen(kw_only=True)
class RecordSaved(Event):
    """A record of any entity was made, changed, deleted, restored, purged or merged (teller: crm.records).

    `fields`: the names of what changed. `origin`: from where ("web 10.0.0.7", "import 12").
    """

    entity: str
    record: int
    act: str
    user: str
    origin: str = ""
    fields: tuple[str, ...] = ()


@frozen(kw_only=True)
class DateAlarmsChanged(Event):
    """Alarm dates of `user` rang, were put off, woke up or are done (teller: crm.alarms).

    `rang`: the alarms that ring now, at most twenty; empty when nothing new is to be told.
    """

    user: str
    rang: tuple[int, ...] = ()


@frozen(kw_only=True)
class CatalogueChanged(Event):
    """Fields or lists of the administrators' own were changed (teller: crm.own_fields, crm.own_lists).

    The catalogue is already the new one. `entity`: whose fields; "" when a list was changed.
    """

    user: str
    entity: str = ""


@frozen(kw_only=True)
class RecordingStarted(CallEvent):
    """The conversation is being recorded (teller: recordings.calls)."""


@frozen(kw_only=True)
class RecordingKept(CallEvent):
    """The recording is finished, measured, hashed and on its shelf (teller: recordings.calls). `repaired`: its header was mended."""

    recording: int
    seconds: float
    repaired: bool = False


@frozen(kw_only=True)
class AccountChanged(Event):
    """A user was added, changed or closed (teller: crm.accounts)."""

    user: str


@frozen(kw_only=True)
class AlarmRaised(Event):
    """Something needs the administrator: `code` stable ("disk_full", "recording_failed", "prompt_missing"…), `sentence` is its English source."""

    code: str
    sentence: str


@frozen(kw_only=True)
class AlarmCleared(Event):
    """The thing behind `code` is well again."""

    code: str


@frozen(kw_only=True)
class FlowsLoaded(Event):
    """A new set of call flows is live (teller: ivr.flows); `version` is the hash of its text."""

    version: str
