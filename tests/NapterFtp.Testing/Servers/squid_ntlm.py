"""Squid's helper for NTLM that knows one login: gives a challenge as Windows does and believes an NTLMv2 answer made with the right
password alone. Arguments: user, hash of the password (MD4, hexadecimal). MS-NLMP has the messages."""
import base64
import hashlib
import os
import struct
import sys

DOMAIN, COMPUTER = "PLANT", "PROXY"
SIGNATURE = b"NTLMSSP\0"

# Unicode, target's name and information, version, signing, NTLMv2 with extended security, key exchange, 128 and 56 bits.
FLAGS = 0xE2898215


def hmac_md5(key, data):
    key = key.ljust(64, b"\0")
    inner = hashlib.md5(bytes(b ^ 0x36 for b in key) + data).digest()
    return hashlib.md5(bytes(b ^ 0x5C for b in key) + inner).digest()


def utf16(text):
    return text.encode("utf-16-le")


def challenge(nonce):
    name = utf16(DOMAIN)
    info = b"".join(struct.pack("<HH", kind, len(utf16(text))) + utf16(text) for kind, text in ((2, DOMAIN), (1, COMPUTER))) + bytes(4)
    fields = struct.pack("<HHIIQQHHI", len(name), len(name), 56, FLAGS, nonce, 0, len(info), len(info), 56 + len(name))
    return SIGNATURE + struct.pack("<I", 2) + fields + bytes((6, 1, 0xB0, 0x1D, 0, 0, 0, 15)) + name + info


def refusal(message, nonce, known_user, password_hash):
    if message[:8] != SIGNATURE or message[8:12] != struct.pack("<I", 3):
        return "not an answer"

    def field(position):
        length, _, offset = struct.unpack_from("<HHI", message, position)
        return message[offset:offset + length]

    answer, domain, user = field(20), field(28).decode("utf-16-le"), field(36).decode("utf-16-le")
    if user != known_user or domain not in ("", DOMAIN):
        return "unknown user"
    key = hmac_md5(password_hash, utf16(user.upper() + domain))
    return None if hmac_md5(key, struct.pack("<Q", nonce) + answer[16:]) == answer[:16] else "wrong password"


def main(user, password_hash):
    nonce = 0
    for line in sys.stdin:
        kind, _, message = line.strip().partition(" ")
        if kind == "YR":
            nonce = int.from_bytes(os.urandom(8), "little")
            reply = "TT " + base64.b64encode(challenge(nonce)).decode()
        elif kind == "KK":
            wrong = refusal(base64.b64decode(message), nonce, user, password_hash)
            reply = "NA " + wrong if wrong else "AF " + user
        else:
            reply = "BH unknown request"
        print(reply, flush=True)


main(sys.argv[1], bytes.fromhex(sys.argv[2]))
