"""A program written with Authlib signs somebody in: discovery, code with PKCE, id token, userinfo, refresh,
introspection, revocation, logout. Ends with a traceback when anything is not as the standards say."""

import html
import os
import re
from urllib.parse import urljoin

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

BASE = os.environ["BASE_URL"]
CALLBACK = os.environ["CALLBACK"]
BYE = os.environ["BYE"]
USER = {"username": os.environ["USER_NAME"], "password": os.environ["USER_PASSWORD"]}


def discovered():
    """What the provider says about itself."""
    document = requests.get(f"{BASE}/.well-known/openid-configuration", timeout=10).json()
    assert document["issuer"] == BASE, document
    return document


def through_the_pages(address):
    """Signs in and says yes on the pages; gives the browser, and the address at which the program is answered."""
    browser = requests.Session()
    page = browser.get(address, allow_redirects=False, timeout=10)
    for _ in range(10):
        if page.is_redirect:
            to = urljoin(page.url, page.headers["location"])
            if not to.startswith(BASE + "/"):
                return browser, to
            page = browser.get(to, allow_redirects=False, timeout=10)
            continue
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
        form = {name: html.unescape(value) for name, value in hidden}
        action = re.search(r'<form method="post" action="([^"]+)"', page.text).group(1)
        form |= USER if action == "/app/login" else {"answer": "allow"}
        page = browser.post(urljoin(BASE, action), data=form, allow_redirects=False, timeout=10)
    raise AssertionError("the program was never answered")


def refused(call, *words):
    """The call must be refused with one of these words."""
    try:
        call()
    except Exception as error:
        assert any(word in str(error) for word in words), error
        return
    raise AssertionError(f"it was not refused: {words}")


def main():
    document = discovered()
    client = OAuth2Session(
        os.environ["CLIENT_ID"],
        os.environ["CLIENT_SECRET"],
        scope="openid profile email offline_access",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
    )
    verifier, nonce = generate_token(64), generate_token(32)
    address, state = client.create_authorization_url(
        document["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    browser, answer = through_the_pages(address)
    token = client.fetch_token(
        document["token_endpoint"], authorization_response=answer, code_verifier=verifier, state=state
    )

    keys = KeySet.import_key_set(requests.get(document["jwks_uri"], timeout=10).json())
    decoded = jwt.decode(token["id_token"], keys, algorithms=["RS256"])
    rules = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": BASE},
        aud={"essential": True, "value": os.environ["CLIENT_ID"]},
        nonce={"essential": True, "value": nonce},
        exp={"essential": True},
        iat={"essential": True},
    )
    rules.validate(decoded.claims)

    info = client.get(document["userinfo_endpoint"]).json()
    assert info["sub"] == decoded.claims["sub"], info
    assert info["email"] == USER["username"], info

    old = token["refresh_token"]
    renewed = client.refresh_token(document["token_endpoint"], refresh_token=old)
    assert renewed["refresh_token"] != old
    told = client.introspect_token(document["introspection_endpoint"], token=renewed["access_token"]).json()
    assert told["active"] is True and told["sub"] == info["sub"], told

    assert client.revoke_token(document["revocation_endpoint"], token=renewed["refresh_token"]).status_code == 200
    assert client.get(document["userinfo_endpoint"]).status_code == 401
    refresh = lambda: client.refresh_token(document["token_endpoint"], refresh_token=renewed["refresh_token"])
    refused(refresh, "invalid_grant")
    again = lambda: client.fetch_token(
        document["token_endpoint"], authorization_response=answer, code_verifier=verifier, state=state
    )
    refused(again, "invalid_grant")

    silent, _ = client.create_authorization_url(
        document["authorization_endpoint"], code_verifier=generate_token(64), prompt="none"
    )
    asked = lambda: browser.get(silent, allow_redirects=False, timeout=10).headers["location"]
    assert "code=" in asked(), "still signed in"
    leave = {"id_token_hint": token["id_token"], "post_logout_redirect_uri": BYE, "state": "a b"}
    out = browser.get(document["end_session_endpoint"], params=leave, allow_redirects=False, timeout=10)
    assert out.headers["location"] == f"{BYE}?state=a%20b", out.headers
    assert "error=login_required" in asked(), "nobody is signed in any more"
    print("all good")


main()
