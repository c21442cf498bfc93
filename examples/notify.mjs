// Signs and posts one notification (RFC 9421), with nothing but Node: node notify.mjs URL KEY_FILE KEY_ID BODY_FILE
import { constants, createHash, createPrivateKey, randomBytes, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'

const [base, keyFile, keyId, bodyFile] = process.argv.slice(2)
if (!bodyFile) {
  console.error('usage: node notify.mjs https://platform.example institution.key INSTITUTION.KEY body.json')
  process.exit(2)
}

// RSA with PSS, SHA-512 and 64 bytes of salt; ECDSA as r and s one after the other; Ed25519 hashes by itself
const signers = {
  ed25519: (key, data) => sign(null, data, key),
  ec: (key, data) => sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }),
  rsa: (key, data) => sign('sha512', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }),
}
const key = createPrivateKey(readFileSync(keyFile))
const body = readFileSync(bodyFile) // the digest is of exactly the bytes that are sent
const url = new URL('/v1/notifications', base)
const now = Math.floor(Date.now() / 1000)

const covered = {
  '@method': 'POST',
  '@authority': url.host,
  '@path': url.pathname,
  '@query': url.search || '?',
  'content-type': 'application/json',
  'content-digest': `sha-256=:${createHash('sha256').update(body).digest('base64')}:`,
}
const names = Object.keys(covered).map((name) => `"${name}"`).join(' ')
const nonce = randomBytes(16).toString('base64url') // a new one for every try
const params = `(${names});created=${now};expires=${now + 300};nonce="${nonce}";keyid="${keyId}";tag="ventanilla"`
const lines = Object.entries(covered).map(([name, value]) => `"${name}": ${value}\n`).join('')
const signature = signers[key.asymmetricKeyType](key, Buffer.from(`${lines}"@signature-params": ${params}`))

const answer = await fetch(url, {
  method: 'POST',
  body,
  headers: {
    'content-type': covered['content-type'],
    'content-digest': covered['content-digest'],
    'signature-input': `sig=${params}`,
    signature: `sig=:${signature.toString('base64')}:`,
  },
})
console.log(answer.status, await answer.text())
process.exitCode = answer.ok ? 0 : 1
