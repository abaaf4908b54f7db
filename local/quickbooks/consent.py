"""The consent page: the app's wish is checked, a person picks a company, the browser goes back (reference 1.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from urllib.parse import urlencode

from werkzeug import Request, Response
from werkzeug.utils import redirect

from local.quickbooks import http
from local.quickbooks.company import Company
from local.quickbooks.oauth import SCOPE, Grants, Refusal

# No script and no style: it works in any browser, under any policy. The icon keeps browsers from asking for one.
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title><link rel="icon" href="data:,"></head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""
_QUESTION = """<p>App <code id="app">{client_id}</code> wants to connect to your company.</p>
<p>It asks for:</p>
<ul id="scopes">
<li>{scope}</li>
</ul>
<form method="post" action="{action}">
<p><label for="realm_id">Company</label>
<select id="realm_id" name="realm_id">
{companies}
</select></p>
<p><button id="allow" name="decision" value="allow">Connect</button>
<button id="cancel" name="decision" value="cancel">Cancel</button></p>
</form>"""


class Consent:
    """`/connect/oauth2`. A wish that the app cannot be told about is told to the person, on a page."""

    def __init__(self, client_id: str, grants: Grants, companies: Mapping[str, Company]) -> None:
        self._client_id = client_id
        self._grants = grants
        self._settings = grants.settings
        self._companies = companies

    def opened(self, request: Request) -> Response:
        """The page, unless settings or the parameter of ours, `realm_id`, say the answer."""
        return self._checked(request, self._unasked)

    def pressed(self, request: Request) -> Response:
        """A button of the page was pressed."""
        return self._checked(request, self._decided)

    def _checked(self, request: Request, go_on: Callable[[Request], Response]) -> Response:
        """Go on with a wish that is in order; what is wrong with another goes where the reference says."""
        asked = request.args
        try:
            self._require_address(request)
            if asked.get("response_type") != "code":
                return _back(request, error="unsupported_response_type")
            if asked.get("scope", "").split() != [SCOPE]:
                return _back(request, error="invalid_scope")
            return go_on(request)
        except Refusal as refusal:
            told = f'<p id="error">{escape(refusal.error)}: {escape(refusal.description or "")}</p>'
            return http.page(refusal.status, _page("This app cannot be connected", told))

    def _require_address(self, request: Request) -> None:
        """Nothing goes back to an address that is not known to be the app's."""
        asked, registered = request.args, self._settings.redirect_uris
        target = asked.get("redirect_uri", "")
        if asked.get("client_id") != self._client_id:
            raise Refusal("invalid_client", "there is no such app")
        if not target or "?" in target or not asked.get("state"):
            raise Refusal("invalid_request", "redirect_uri without query parameters, and state, are required")
        if registered is not None and target not in registered:
            raise Refusal("invalid_request", "the redirect_uri is none of those that the app has registered")

    def _unasked(self, request: Request) -> Response:
        if self._settings.refuse_consent:
            return _back(request, error="access_denied")
        if picked := request.args.get("realm_id"):
            return self._allowed(request, picked)
        if self._settings.consent == "ask":
            return http.page(200, self._question(request))
        return self._allowed(request, self._settings.consent_realm or next(iter(self._companies), ""))

    def _decided(self, request: Request) -> Response:
        match request.form.get("decision"):
            case "allow":
                return self._allowed(request, request.form.get("realm_id", ""))
            case "cancel":
                return _back(request, error="access_denied")
        raise Refusal("invalid_request", "decision must be allow or cancel")

    def _allowed(self, request: Request, realm_id: str) -> Response:
        if realm_id not in self._companies:
            raise Refusal("invalid_request", f"there is no company {realm_id}")
        code = self._grants.consent(realm_id, request.args["redirect_uri"])
        return _back(request, code=code, realmId=realm_id)

    def _question(self, request: Request) -> str:
        body = _QUESTION.format(
            client_id=escape(self._client_id),
            scope=SCOPE,
            action=escape(request.full_path),
            companies="\n".join(self._option(each) for each in self._companies.values()),
        )
        return _page("Connect an app to QuickBooks (imitation)", body)

    def _option(self, company: Company) -> str:
        selected = " selected" if company.realm_id == self._settings.consent_realm else ""
        label = f"{company.file.name} ({'sandbox, ' if company.sandbox else ''}{company.realm_id})"
        return f'<option value="{escape(company.realm_id)}"{selected}>{escape(label)}</option>'


def _page(title: str, body: str) -> str:
    return _PAGE.format(title=escape(title), body=body)


def _back(request: Request, **parameters: str) -> Response:
    """Send the browser to the app, with the state that it gave."""
    told = {**parameters, "state": request.args["state"]}
    response = redirect(f"{request.args['redirect_uri']}?{urlencode(told)}")
    assert isinstance(response, Response)
    return http.stamped(response)
