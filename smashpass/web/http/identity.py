"""Authentication: viewers by a signed cookie or bearer token, admins by a token only."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache

from flask import Response, g, request
from itsdangerous import BadSignature, URLSafeSerializer

from smashpass.bootstrap.container import Container
from smashpass.core.people.account import role_includes
from smashpass.core.people.viewer import Viewer
from smashpass.services.decks.viewers import ViewerState
from smashpass.web.http.problems import RequestRefused

COOKIE = "viewer"
COOKIE_S = 400 * 24 * 3_600
UNSTATED = "unstated"
"""Age band of viewers while the operator has disabled the age question."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_MAX_TOKEN = 500
_REMEMBERED = 20_000


class Identity:
    """Authenticates the requests of one application."""

    def __init__(
        self,
        secret: str,
        services: Container,
        *,
        age_gate: bool,
    ) -> None:
        """Create it.

        ``secret`` signs the tokens of viewers; ``services`` find and create them, and are not
        touched before the first request.
        """
        self._signer = URLSafeSerializer(
            secret, salt="smashpass viewer", signer_kwargs={"digest_method": hashlib.sha256}
        )
        # Only valid tokens are cached: an invalid one raises.
        self._signed: Callable[[str], object] = lru_cache(_REMEMBERED)(self._load)
        self._services = services
        self._age_gate = age_gate

    def token_of(self, viewer: Viewer) -> str:
        """Return the token of a viewer, which does not expire."""
        return str(self._signer.dumps(viewer.name))

    def known(self) -> bool:
        """Return whether the request comes from a viewer, or no age question is required."""
        return not self._age_gate or self._of_cookie() is not None

    def viewer(self) -> ViewerState:
        """Return the viewer of this request, creating one if no age question is required.

        Raises:
            RequestRefused: There is none, or a browser sent a write from another site.
        """
        scheme, _, token = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        # Other schemes belong to a proxy in front of us.
        bearer = scheme.lower() == "bearer"
        if bearer:
            name = self.name_in(token.strip())
        else:
            name = self.name_in(request.cookies.get(COOKIE, ""))
            if name is not None and request.method not in SAFE_METHODS:
                require_same_origin()
        state = None if name is None else self._services.decks.state_of(name)
        if state is None and not bearer and not self._age_gate:
            created = self._services.decks.create_viewer(UNSTATED)
            g.new_viewer = created
            state = self._services.decks.state_of(created.name)
        if state is None:
            raise RequestRefused(
                401,
                "viewer_required",
                "send the token of a viewer; POST /api/v1/viewers creates one",
                headers={"WWW-Authenticate": "Bearer"},
            )
        vars(g)["viewer"] = state.viewer.id
        return state

    def admin(self, role: str) -> str:
        """Return the name of the admin of this request.

        Raises:
            RequestRefused: There is no valid token, or its role is insufficient.
        """
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        bearer = scheme.lower() == "bearer"
        account = self._services.sign_in.admin_of(token.strip()) if bearer else None
        if account is None:
            raise RequestRefused(
                401,
                "admin_required",
                "send the token of an admin; `smashpass admin token NAME` prints one",
                headers={"WWW-Authenticate": "Bearer"},
            )
        name, own_role = account
        if not role_includes(own_role, role):
            raise RequestRefused(403, "wrong_role", f"{name} is {own_role}; this needs {role}")
        g.admin = name
        return name

    def remember(self, answer: Response) -> None:
        """Set the cookie of a viewer created for this request."""
        created: Viewer | None = g.pop("new_viewer", None)
        if created is not None:
            self.give_cookie(answer, created)

    def give_cookie(self, answer: Response, viewer: Viewer) -> None:
        """Set the viewer cookie."""
        answer.set_cookie(
            COOKIE,
            self.token_of(viewer),
            max_age=COOKIE_S,
            path=root_path(),
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )

    def take_cookie(self, answer: Response) -> None:
        """Delete the viewer cookie."""
        answer.delete_cookie(
            COOKIE, path=root_path(), httponly=True, samesite="Lax", secure=request.is_secure
        )

    def _of_cookie(self) -> ViewerState | None:
        name = self.name_in(request.cookies.get(COOKIE, ""))
        return None if name is None else self._services.decks.state_of(name)

    def name_in(self, token: str) -> str | None:
        """Return the name of the viewer that a token was signed for, or None if it was not."""
        if not token or len(token) > _MAX_TOKEN or not token.isascii():
            return None
        try:
            name = self._signed(token)
        except BadSignature:
            return None
        return name if isinstance(name, str) else None

    def _load(self, token: str) -> object:
        """Return what a token signs.

        Raises:
            BadSignature: The signature is wrong, or right but spelled in another way, as base 64
                allows: every token has one spelling.
        """
        name = self._signer.loads(token)
        if self._signer.dumps(name) != token:
            raise BadSignature("this is not how the token is spelled")
        return name


def root_path() -> str:
    """Return the cookie path for all pages: the root, or the prefix of a proxy."""
    return request.script_root or "/"


def require_same_origin() -> None:
    """Refuse a cross-origin write from a browser.

    Browsers state the origin of such requests; a client that states none is not a browser, and
    cannot be tricked into sending a cookie.
    """
    site = request.headers.get("Sec-Fetch-Site", "")
    origin = request.headers.get("Origin", "")
    detail = "this request comes from another site"
    if site:
        allowed = site in ("same-origin", "none")
    else:
        allowed = not origin or origin.partition("://")[2] == request.host
        detail += (
            f": the Origin is {origin} but the Host received is {request.host}; a proxy in "
            "front must pass the Host header on (nginx: proxy_set_header Host $http_host)"
        )
    if not allowed:
        raise RequestRefused(403, "cross_origin", detail)
