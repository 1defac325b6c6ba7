"""File names as bytes, in hex: make FOLDER HEX... | show FOLDER | clear FOLDER | session HOST PORT USER PASSWORD PREFIX HEX...

A session lists, gets each name, and puts each file's bytes back under the name with PREFIX before it. What it and show print, a
line for each file, is to be compared."""
import ftplib
import hashlib
import io
import os
import sys

action, *arguments = sys.argv[1:]


def digest(content):
    return hashlib.sha256(content).hexdigest()


def session(host, port, user, password, prefix, *names):
    with ftplib.FTP(timeout=30, encoding="latin-1") as ftp:
        ftp.connect(host, int(port))
        ftp.login(user, password)
        for name in sorted(name.encode("latin-1").hex() for name in set(ftp.nlst()) - {".", ".."}):
            print("list", name)
        for hexed in names:
            name = bytes.fromhex(hexed).decode("latin-1")
            content = io.BytesIO()
            try:
                ftp.retrbinary("RETR " + name, content.write)
            except ftplib.error_perm as error:
                print("refused", hexed, error)
                continue
            print("got", hexed, digest(content.getvalue()))
            content.seek(0)
            ftp.storbinary("STOR " + prefix + name, content)


if action == "session":
    session(*arguments)
else:
    folder = os.fsencode(arguments[0])
    if action == "make":
        for hexed in arguments[1:]:
            with open(os.path.join(folder, bytes.fromhex(hexed)), "wb") as file:
                file.write(bytes.fromhex(hexed) * 1000)
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if action == "show":
            with open(path, "rb") as file:
                print("has", name.hex(), digest(file.read()))
        elif action == "clear":
            os.unlink(path)
