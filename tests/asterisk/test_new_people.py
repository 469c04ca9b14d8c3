"""A person who is given a log-in while the product runs has a telephone at once, and none any more when the account is closed."""

from __future__ import annotations

from pathlib import Path

from config.secrets import installation_key, sip_password
from tests.asterisk.scenes import available, row_of
from tests.phones.baresip import phone, until
from tests.phones.stranger import asked
from tests.product import Product

ZAHRA = {"name": "زهرا نوری", "name_en": "Zahra Nouri", "role": "agent", "extension": "118", "device": "desk"}


def test_a_new_agent_is_on_the_floor_at_once(product: Product, tmp_path: Path) -> None:
    """Made by the administrator's program: the desk telephone registers, the agent becomes available and can be rung; closed: gone from the floor and from Asterisk."""
    made = product.api("POST", "/users", {"username": "zahra", "password": "daria va kuh", **ZAHRA}, user="admin")
    assert made["account"]["extension"] == "118"
    status, given = product._ask("POST", "/api/v1/login", {"username": "zahra", "password": "daria va kuh"}, {})
    assert status == 200, given
    product._token["zahra"] = given["token"]
    written = next(product.home.rglob("pjsip_agents.conf"))
    until(lambda: "[118]" in written.read_text(), "Asterisk's configuration has the telephone")
    account = f"<sip:118@{product.sip}>;auth_pass={sip_password(installation_key(product.home), '118')};answermode=auto;regint=60;audio_codecs=pcmu"
    with phone(tmp_path, account, 600) as one:
        one.wait_for("REGISTER_OK")
        available(product, "zahra")
        closed = product.api("PUT", "/users/zahra", {**ZAHRA, "active": False}, user="admin")
        assert closed["account"]["active"] is False
        until(lambda: all(row["agent"] != "zahra" for row in product.api("GET", "/agents")["items"]), "nobody of that name is on the floor")
    until(lambda: "[118]" not in written.read_text(), "Asterisk's configuration has the telephone no more")
    assert product.ask("GET", "/me", user="zahra")[0] == 401
    assert asked(product.sip, "REGISTER", "118", "118") >= 400
    assert row_of(product, "sara")
