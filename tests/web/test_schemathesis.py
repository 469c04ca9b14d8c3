"""What openapi.json says is what happens: schemathesis makes up requests for every operation, and reads the answers against it."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import orjson
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from tests.web.whole import whole
from web.openapi import openapi

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EACH = 4
"""Requests for each operation; every second one is about a record that is there."""

SHARES = 4
HOPELESS = {"/healthz", "/readyz"}
"""Addresses that say 503 by design when nothing is connected."""


def made_up(operation) -> list:
    """A few requests that the description allows, the same ones in every run."""
    found = []

    @seed(1404)
    @settings(max_examples=EACH, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy())
    def collect(case):
        found.append(case)

    collect()
    return found[:EACH]


def aimed(case, number: int) -> dict[str, str]:
    """What stands in the places of the path: every second request is about the first record."""
    places = dict(case.path_parameters or {})
    return {name: "1" if isinstance(value, int) and number % 2 else str(value) for name, value in places.items()}


async def asked(browser, case, headers, places) -> Response:
    """The site's answer to a request of schemathesis."""
    path = case.path
    for name, value in places.items():
        path = path.replace("{" + name + "}", quote(value, safe=""))
    if case.query:
        path += "?" + urlencode(
            {name: orjson.dumps(value) if isinstance(value, bool) else value for name, value in case.query.items()}, doseq=True
        )
    body = {} if case.body is None or type(case.body).__name__ == "NotSet" else {"body": json.dumps(case.body).encode()}
    headers = {**headers, "Content-Type": "application/json"} if body else headers
    reply = await browser.ask(case.method.upper(), path, headers=headers, **body)
    sent = requests.Request(case.method.upper(), f"http://switchboard.test{path}").prepare()
    answer_headers = {name.lower(): [value] for name, value in reply.headers.items()}
    return Response(reply.status, answer_headers, reply.text.encode(), sent, 0.0, verify=False)


async def filled(room, headers) -> None:
    """A person with a communication, so that the first record is there."""
    browser = room.house.browser()
    made = await browser.post("/api/v1/parties", json={"kind": "person", "last_name": "رضایی"}, headers=headers)
    assert made.status == 201, made.text
    await room.timeline.write_down(1, "maryam", method="note", subject="first")


@pytest.mark.parametrize("share", range(SHARES))
async def test_every_operation_answers_as_described(tmp_path, share):
    """No request that the description allows breaks anything, and every answer, refusals as well, has the shape that was promised."""
    async with whole(tmp_path) as room:
        described = orjson.loads(orjson.dumps(openapi(room.table.routes)))
        schema = schemathesis.openapi.from_dict(described)
        operations = [one.ok() for one in schema.get_all_operations()]
        await filled(room, await room.house.bearer("admin"))
        wrong: list[str] = []
        for operation in operations[share::SHARES]:
            for number, case in enumerate(made_up(operation)):
                headers = await room.house.bearer("admin")
                answer = await asked(room.house.browser(), case, headers, aimed(case, number))
                if answer.status_code == 503 and operation.path in HOPELESS:
                    continue
                try:
                    case.validate_response(answer, checks=CHECKS)
                except Exception as failure:  # noqa: BLE001  every kind of failure is told, at the end, together
                    wrong.append(f"{operation.label}: {failure}"[:1200])
                    break
        assert not wrong, "\n\n".join(wrong)
