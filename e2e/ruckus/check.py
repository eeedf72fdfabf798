"""Schemathesis against the vendor's published description of the Resident Portal API, on a sandbox of our own.

Requests are made from the description, good and bad ones, for a minute. Every answer must be as it describes, or be one of
the differences that are listed here with their reasons (rule ids: docs/doors/ruckus-reference.md).
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

import jsonschema_rs
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

SECONDS = float(os.environ.get("PORTICO_SCHEMA_SECONDS", "60"))
HERE = Path(__file__).parent

# Statuses that the description does not name for a call, and why they are answered.
STATUSES = {
    401: "section 3.1: a token that is missing or has ended; the description names it for sign-in only",
    403: "section 3.1, R17, R31: what the token or the property does not allow",
    405: "an address that knows other methods",
    409: "a passphrase that somebody else in the property has",
    413: "R36: more than 64 KiB",
    415: "R36: another content type than JSON",
    429: "section 7: the published rate limit",
}
# The same for single calls.
MORE = {
    ("residentEditUnit", 404): "published",
    ("updateUnitUser", 404): "R6: an unknown user",
}


def is_no_address(case):
    """Whether a part of the path is empty, a step, or holds a slash: then it is the path of another call, or of none."""
    parts = [str(part) for part in (case.path_parameters or {}).values()]
    return any(part in ("", ".", "..") or "/" in part for part in parts)


def refusals(case):
    """Why a request that fits the description may be answered 400 all the same."""
    body = case.body if isinstance(case.body, dict) else {}
    said = []
    for name in ("secret", "guestSecret", "passphrase"):
        text = body.get(name)
        if isinstance(text, str) and text and not (8 <= len(text) <= 63 and all(" " <= c <= "~" for c in text)):
            said.append(f"R27: {name} has 8 to 63 printable ASCII characters")
    if "guestSecret" in body:
        said.append("R28: where guests are not allowed")
    contact = body.get("contact")
    if isinstance(contact, dict) and not str(contact.get("contactName", "x")).strip():
        said.append("R25: the contact's name is not empty")
    if isinstance(contact, dict) and len(str(contact.get("contactName", ""))) > 255:
        said.append("section 5: at most 255 characters")
    for name, most in (("description", 1000), ("userName", 255)):
        if len(str(body.get(name, ""))) > most:
            said.append(f"section 5: {name} has at most {most} characters")
    if "\\u0000" in json.dumps(body):
        said.append("no database keeps NUL")
    if case.operation.definition.raw.get("operationId") == "updateUnitUser" and "userId" in body:
        said.append("section 5: another user than the path's")
    if not 0 <= (body.get("page") or 0) <= 2**31 - 1 or not 0 <= (body.get("pageSize") or 0) <= 1000:
        said.append("R24: pages from 0, of at most 1000 rows")
    if "sortFields" in body:
        said.append("section 5: the description's enum of the list itself cannot be met by a list")
    if case.operation.definition.raw.get("operationId") == "residentLogin" and not body.get("hashedSecret"):
        said.append("section 5: a secret is needed")
    if case.query and case.query.get("type") not in ("UNIT", "GUEST", None):
        said.append("R15: UNIT or GUEST")
    return said


class Enough(BaseException):
    """The time of a call is over. No Exception: Hypothesis lets it through instead of looking for a smaller case."""


class Sandbox:
    """`portico demo` in a folder of its own."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="portico-schemas-")
        env = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}
        self.process = subprocess.Popen(
            [os.environ["PORTICO_BIN"], "demo", "--data", self.folder.name, "--listen", "127.0.0.1:0"],
            env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        for line in self.process.stdout:
            if line.startswith("Portico is at "):
                self.base = line.split()[-1]
                break
        else:
            raise SystemExit("the sandbox did not start")
        told = json.loads((Path(self.folder.name) / "demo.json").read_text())["ruckus"]
        self.property, self.admin = told["property_id"], told["admin"]
        self.secret = told["hashed_secret"]
        self.sign_in()
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.folder.cleanup()

    def at(self, path):
        return f"{self.base}/residents/properties/{self.property}{path}"

    def sign_in(self):
        answer = requests.post(self.at("/units/logins"), json={"hashedSecret": self.link()}, timeout=10)
        answer.raise_for_status()
        self.token = answer.json()["token"]
        users = requests.post(self.at("/units/users/query"), headers={"Authorization": self.token}, timeout=10)
        self.users = [user["userId"] for user in users.json()["content"]]

    def link(self):
        """As the vendor's own client finds it (section 3.2)."""
        form = {"grant_type": "client_credentials", **{k: self.admin[k] for k in ("client_id", "client_secret")}}
        token = requests.post(f"{self.base}/oauth2/token/{self.admin['tenant_id']}", data=form, timeout=10).json()
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        get = lambda path: requests.get(self.base + path, headers=bearer, timeout=10).json()
        ids = [venue["id"] for venue in get("/venues")]
        assert self.property.replace("-", "") in ids
        units = get(f"/venues/{self.property}/units?size=200")["content"]
        for unit in units:
            shown = get(f"/venues/{self.property}/units/{unit['id']}")
            query = urllib.parse.urlparse(shown["_links"]["residentPortal"]["href"]).query
            secret = urllib.parse.parse_qs(query)["auth"][0]
            if secret == self.secret or unit["name"] == "1A":
                return secret
        raise SystemExit("the unit has no link")


def error_checker(raw):
    resource = raw["components"]["schemas"]["ErrorResource"]
    return jsonschema_rs.validator_for(resource)


def check(case, response, mode, error):
    status, name = response.status_code, case.operation.definition.raw.get("operationId")
    told = f"{name}: {case.as_curl_command()}\n{status} {response.content[:400]!r}"
    assert status < 500, told
    published = {str(s) for s in case.operation.definition.raw["responses"]}
    if str(status) not in published:
        fine = status in STATUSES or (name, status) in MORE or (status == 404 and is_no_address(case))
        assert fine, f"not published: {told}"
        if response.content:
            error.validate(json.loads(response.content))
        return
    if status == 404 and not response.content:
        assert name in ("getUnitUser", "getUnitUserDevices"), told
        return
    if status == 400 and mode is GenerationMode.POSITIVE:
        assert refusals(case), f"refused without a reason: {told}"
    if response.headers["content-type"] == ["image/png"]:
        # The description calls the bytes of a picture a list of texts.
        assert response.content.startswith(b"\x89PNG\r\n\x1a\n"), told
        return
    case.validate_response(response, checks=[content_type_conformance, response_schema_conformance])


def main():
    schema = schemathesis.openapi.from_path(HERE / "published.openapi.yaml")
    error = error_checker(schema.raw_schema)
    operations = [result.ok() for result in schema.get_all_operations()]
    failures, counted = [], {}
    with Sandbox() as box:
        share = SECONDS / (2 * len(operations))
        for operation in operations:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                try:
                    strategy = operation.as_strategy(generation_mode=mode)
                    run(box, strategy, mode, error, time.monotonic() + share, counted)
                except AssertionError as failure:
                    failures.append(str(failure))
                except Exception as failure:  # a request that cannot be made, an answer that does not fit
                    if type(failure).__name__ in ("Unsatisfiable", "InvalidSchema"):
                        continue
                    failures.append(f"{operation.label}: {type(failure).__name__}: {failure}")
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{sum(counted.values())} answers: {dict(sorted(counted.items()))}")
    raise SystemExit(1 if failures else 0)


def run(box, strategy, mode, error, until, counted):
    @settings(max_examples=60, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(case=strategy, known=strategies.integers(0, 9), user=strategies.integers(0, 100))
    def each(case, known, user):
        if time.monotonic() > until:
            raise Enough
        parameters = case.path_parameters
        if known < 9:
            parameters["propertyId"] = box.property
        if known < 7 and "userId" in parameters:
            parameters["userId"] = box.users[user % len(box.users)]
            if known < 5 and isinstance(case.body, dict) and "userId" in case.body:
                case.body["userId"] = parameters["userId"]
        if case.query and known < 4:
            case.query["type"] = ("UNIT", "GUEST")[known % 2]
        for _ in range(3):
            response = case.call(base_url=box.base, headers={"Authorization": box.token}, timeout=10)
            if response.status_code != 429:
                break
            # The published limit: what is asked for again comes a second later.
            assert response.headers["retry-after"] == ["1"]
            time.sleep(1.05)
        counted[response.status_code] = counted.get(response.status_code, 0) + 1
        if response.status_code == 401 and case.operation.definition.raw.get("operationId") != "residentLogin":
            box.sign_in()
        check(case, response, mode, error)

    try:
        each()
    except Enough:
        pass


if __name__ == "__main__":
    main()
