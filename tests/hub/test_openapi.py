"""The OpenAPI document is a contract: what is served is what is committed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.hub.stage import Client

CONTRACT = Path(__file__).with_name("openapi.json")
REWRITE = "python -m tests.hub.test_openapi"


def test_the_served_document_is_the_committed_one(hub: Client) -> None:
    served = hub.http.get("/openapi.json").json()
    committed = json.loads(CONTRACT.read_text(encoding="utf-8"))
    changed = sorted(
        name
        for part in ("paths", "components")
        for name in {**_flat(served[part]), **_flat(committed[part])}
        if _flat(served[part]).get(name) != _flat(committed[part]).get(name)
    )
    assert served == committed, f"the wire changed at {changed}; if that is meant: {REWRITE}"


def test_every_path_but_two_asks_for_the_token_and_tells_its_refusals(hub: Client) -> None:
    for path, methods in hub.http.get("/openapi.json").json()["paths"].items():
        for method, told in methods.items():
            if path == "/healthz":
                continue
            assert told["security"], (method, path)
            for status in ("401", "404", "409", "410", "422"):
                schema = told["responses"][status]["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorAnswer"}, (method, path, status)


def _flat(part: dict[str, dict[str, object]]) -> dict[str, object]:
    return {f"{outer} {inner}": value for outer, members in part.items() for inner, value in members.items()}


def rewrite() -> None:
    """Write the document that this code serves."""
    import tempfile

    from studio.hub.app import make_app
    from studio.hub.hub import Hub, HubOptions

    with tempfile.TemporaryDirectory() as folder:
        hub = Hub(HubOptions(folder=Path(folder), has_faults=True))
        try:
            document = make_app(hub, lambda _client: None).openapi()
        finally:
            hub.close()
    CONTRACT.write_text(json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{CONTRACT} written", file=sys.stderr)


if __name__ == "__main__":
    rewrite()
