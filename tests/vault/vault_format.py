"""Opens the vectors of vault_format_2.json by docs/reference/vault-format.md; shares no code with authsome.

Prints one JSON object: for each key record whether it opens, for each record its text or null and whether its name opens.
"""

import base64
import hashlib
import hmac
import json
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def hkdf(key, info, length):
    extracted = hmac.new(b"\0" * 32, key, hashlib.sha256).digest()
    block, out = b"", b""
    while len(out) < length:
        block = hmac.new(extracted, block + info + bytes([len(out) // 32 + 1]), hashlib.sha256).digest()
        out += block
    return out[:length]


def decode(text):
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not canonical")
    return raw


def unseal(key, data, sealed):
    nonce, tag = decode(sealed["nonce"]), decode(sealed["tag"])
    if len(nonce) != 12 or len(tag) != 16:
        raise ValueError("length")
    return AESGCM(key).decrypt(nonce, decode(sealed["ciphertext"]) + tag, data)


def members(value, *names):
    if not isinstance(value, dict) or sorted(value) != sorted(names):
        raise ValueError("members")
    return value


def texts(value, *names):
    if not all(isinstance(value[name], str) for name in names):
        raise ValueError("types")


SEALED = ("nonce", "ciphertext", "tag")


def head(value):
    if value["enc"] != 2 or value["alg"] != "A256GCM":
        raise ValueError("format")
    texts(value, "kid")


def open_key(master_key, text):
    value = members(json.loads(text), "enc", "alg", "kid", "wraps")
    head(value)
    derived = hkdf(master_key, b"authsome vault 2 master key", 40)
    for wrap in value["wraps"]:
        texts(members(wrap, "kid", *SEALED), "kid", *SEALED)
    wrap = next(wrap for wrap in value["wraps"] if wrap["kid"] == derived[32:].hex())
    return unseal(derived[:32], b"authsome vault 2\0key\0" + value["kid"].encode(), wrap)


def parse(derived, text):
    value = members(json.loads(text), "enc", "alg", "kid", "name", *SEALED)
    head(value)
    texts(value, *SEALED)
    texts(members(value["name"], *SEALED), *SEALED)
    if value["kid"] != derived[64:].hex():
        raise ValueError("another data key")
    return value


def attempt(body):
    try:
        return body()
    except Exception:
        return None


vectors = json.load(open(sys.argv[1], encoding="utf-8"))
derived = hkdf(bytes.fromhex(vectors["data_key"]), b"authsome vault 2 data key", 72)
answer = {"keys": [], "records": []}
for vector in vectors["keys"]:
    opened = attempt(lambda: open_key(bytes.fromhex(vectors["master_key"]), vector["value"]))
    answer["keys"].append(opened is not None and opened.hex() == vectors["data_key"])
for vector in vectors["records"]:
    stored = vector["stored_as"].encode()
    mac = hmac.new(derived[32:64], vector["key"].encode(), hashlib.sha256).digest()[:16]
    assert base64.urlsafe_b64encode(mac).rstrip(b"=") == stored
    text = attempt(lambda: unseal(
        derived[:32], b"authsome vault 2\0record\0" + stored, parse(derived, vector["value"])).decode())
    name = attempt(lambda: unseal(
        derived[:32], b"authsome vault 2\0name\0" + stored, parse(derived, vector["value"])["name"]).decode())
    answer["records"].append([text, name == vector["key"]])
json.dump(answer, sys.stdout)
