"""A server of Python's `mcp` (1.x or 2.x) or of FastMCP, with its own authorization server.

Arguments: the port, the origin, the path, `http` or `sse`. Says on stdout what it did, a line each. The first access token
of a login is said to live for one second, others for an hour.
"""

import importlib.util
import secrets
import sys
import time

from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    RefreshToken,
    construct_redirect_uri,
)
from mcp.server.auth.settings import ClientRegistrationOptions, RevocationOptions
from mcp.shared.auth import OAuthToken

port, origin, path, transport = int(sys.argv[1]), *sys.argv[2:5]
SCOPES = ["tools:use"]
HOUR = 3600


def say(*words):
    print(*words, flush=True)


class Consenting:
    """An authorization server that consents to everything."""

    def __init__(self):
        self.clients, self.codes, self.access, self.refresh = {}, {}, {}, {}

    async def get_client(self, client_id):
        return self.clients.get(client_id)

    async def register_client(self, client):
        self.clients[client.client_id] = client
        say("registered")

    async def authorize(self, client, params):
        code = AuthorizationCode(
            code=secrets.token_urlsafe(24),
            client_id=client.client_id,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            expires_at=time.time() + HOUR,
            scopes=params.scopes or SCOPES,
            code_challenge=params.code_challenge,
            resource=params.resource,
        )
        self.codes[code.code] = code
        return construct_redirect_uri(str(params.redirect_uri), code=code.code, state=params.state)

    async def load_authorization_code(self, client, code):
        return self.codes.get(code)

    async def exchange_authorization_code(self, client, code):
        del self.codes[code.code]
        say("exchanged", code.resource)
        return self.issue(client.client_id, code.scopes, code.resource, 1)

    async def load_refresh_token(self, client, token):
        return self.refresh.get(token)

    async def exchange_refresh_token(self, client, token, scopes):
        del self.refresh[token.token]
        say("refreshed")
        return self.issue(client.client_id, scopes or token.scopes, f"{origin}{path}", HOUR)

    async def load_access_token(self, token):
        return self.access.get(token)

    async def revoke_token(self, token):
        known = self.access.pop(token.token, None) or self.refresh.pop(token.token, None)
        if known:
            say("revoked")

    def issue(self, client_id, scopes, resource, life):
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.access[access] = AccessToken(
            token=access, client_id=client_id, scopes=scopes, resource=resource, expires_at=int(time.time()) + HOUR
        )
        self.refresh[refresh] = RefreshToken(token=refresh, client_id=client_id, scopes=scopes)
        return OAuthToken(
            access_token=access, token_type="Bearer", expires_in=life, scope=" ".join(scopes), refresh_token=refresh
        )


registration = ClientRegistrationOptions(enabled=True, valid_scopes=SCOPES, default_scopes=SCOPES)
revocation = RevocationOptions(enabled=True)


def of_sdk():
    """The application of `mcp`, whichever its version."""
    from mcp.server.auth.settings import AuthSettings
    from mcp.server.transport_security import TransportSecuritySettings

    provider = Consenting()
    settings = AuthSettings(
        issuer_url=origin,
        resource_server_url=f"{origin}{path}",
        client_registration_options=registration,
        revocation_options=revocation,
        required_scopes=SCOPES,
    )
    security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    if not importlib.util.find_spec("mcp.server.mcpserver"):
        from mcp.server.fastmcp import FastMCP

        places = {"sse_path": path} if transport == "sse" else {"streamable_http_path": path}
        server = FastMCP(
            "acme", auth_server_provider=provider, auth=settings, transport_security=security, **places
        )
        server.tool()(echo)
        return server.sse_app() if transport == "sse" else server.streamable_http_app()
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("acme", auth_server_provider=provider, auth=settings)
    server.tool()(echo)
    if transport == "sse":
        return server.sse_app(sse_path=path, transport_security=security)
    return server.streamable_http_app(streamable_http_path=path, transport_security=security)


def of_fastmcp():
    """The application of FastMCP with the authorization server that it brings."""
    from fastmcp import FastMCP
    from fastmcp.server.auth.providers.in_memory import InMemoryOAuthProvider

    class Telling(InMemoryOAuthProvider):
        async def register_client(self, client_info):
            await super().register_client(client_info)
            say("registered")

        async def exchange_authorization_code(self, client, authorization_code):
            tokens = await super().exchange_authorization_code(client, authorization_code)
            say("exchanged", getattr(authorization_code, "resource", None))
            return tokens.model_copy(update={"expires_in": 1})

        async def exchange_refresh_token(self, client, refresh_token, scopes):
            say("refreshed")
            return await super().exchange_refresh_token(client, refresh_token, scopes)

        async def revoke_token(self, token):
            say("revoked")
            await super().revoke_token(token)

    server = FastMCP(
        "acme",
        auth=Telling(
            base_url=origin,
            client_registration_options=registration,
            revocation_options=revocation,
            required_scopes=SCOPES,
        ),
    )
    server.tool()(echo)
    return server.http_app(path=path, transport=transport)


def echo() -> str:
    """Answers with a word."""
    return "hello"


import uvicorn

app = of_fastmcp() if importlib.util.find_spec("fastmcp") else of_sdk()
uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", proxy_headers=True, forwarded_allow_ips="*")
