// A relying party on openid-client, which a test drives: one JSON command a line comes in, one JSON answer a line goes out.
//
//   node client.mjs ISSUER CLIENT_ID REDIRECT_URI SCOPE [SECONDS that the platform's clock is ahead]
//
// Only what a service would write itself stands here; every check of the standard is the library's.

import { webcrypto } from "node:crypto";
import { createInterface } from "node:readline";
import * as openid from "openid-client";

globalThis.crypto ??= webcrypto; // Node 18 has it under this name only

const [issuer, clientId, redirectUri, scope, ahead = "0"] = process.argv.slice(2);
const visits = new Map(); // by state: what was sent along, to be compared with what comes back
let config, signedIn;

const commands = {
  // reads what the platform says of itself
  async discover() {
    const metadata = { [openid.clockSkew]: Number(ahead) };
    const options = { execute: [openid.allowInsecureRequests] }; // the local site has no certificate
    config = await openid.discovery(new URL(issuer), clientId, metadata, openid.None(), options);
    return config.serverMetadata();
  },

  // the address to which the service sends a browser
  async begin({ with: more = {} }) {
    const checks = {
      pkceCodeVerifier: openid.randomPKCECodeVerifier(),
      expectedNonce: openid.randomNonce(),
      expectedState: openid.randomState(),
      idTokenExpected: true,
      ...("max_age" in more && { maxAge: Number(more.max_age) }),
    };
    visits.set(checks.expectedState, checks);
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope,
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      code_challenge: await openid.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: "S256",
      ...more,
    });
    return { url: url.href, state: checks.expectedState };
  },

  // the address with which the browser came back; `state` and `nonce` as the service remembers them, unless said otherwise
  async finish({ url, state, nonce }) {
    const remembered = visits.get(state ?? new URL(url).searchParams.get("state"));
    const checks = { ...remembered, ...(nonce && { expectedNonce: nonce }) };
    signedIn = await openid.authorizationCodeGrant(config, new URL(url), checks);
    return learnt();
  },

  async refresh({ token }) {
    const renewed = await openid.refreshTokenGrant(config, token ?? signedIn.refresh_token);
    signedIn = Object.assign(renewed, { id_token: renewed.id_token ?? signedIn.id_token });
    return learnt();
  },

  async userinfo({ sub }) {
    return openid.fetchUserInfo(config, signedIn.access_token, sub);
  },

  async revoke({ token }) {
    await openid.tokenRevocation(config, token ?? signedIn.refresh_token);
    return {};
  },

  // the address to which the service sends a browser that leaves
  async leave({ to, state }) {
    const parameters = { id_token_hint: signedIn.id_token, ...(to && { post_logout_redirect_uri: to }), ...(state && { state }) };
    return { url: openid.buildEndSessionUrl(config, parameters).href };
  },
};

function learnt() {
  const { access_token, refresh_token, id_token, scope, expires_in, token_type } = signedIn;
  return { claims: signedIn.claims(), access_token, refresh_token, id_token, scope, expires_in, token_type };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...given } = JSON.parse(line);
  let answer;
  try {
    answer = { ok: await commands[name](given) };
  } catch (error) {
    // what the platform refused, or what the library refused to believe
    answer = { error: error.error ?? error.code ?? error.name, status: error.status ?? null, message: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
