"""list | get | put | series | abort | abort-closed with Python's ftplib: action host port user password remote local."""
import ftplib
import os
import sys

action, host, port, user, password, remote, local = sys.argv[1:]


def get(ftp, name, path):
    with open(path, "wb", buffering=0) as file:
        ftp.retrbinary("RETR " + name, file.write)


with ftplib.FTP(timeout=30) as ftp:
    ftp.connect(host, int(port))
    ftp.login(user, password)
    if action == "list":
        ftp.retrlines("LIST " + remote if remote else "LIST")
    elif action == "get":
        try:
            get(ftp, remote, local)
        except KeyboardInterrupt:
            ftp.abort()
            raise
    elif action == "series":
        ftp.cwd(remote)
        for name in sorted(set(ftp.nlst()) - {".", ".."}):
            get(ftp, name, os.path.join(local, os.path.basename(name)))
    elif action.startswith("abort"):
        ftp.voidcmd("TYPE I")
        data = ftp.transfercmd("RETR " + remote)
        data.recv(1)
        if action == "abort-closed":
            data.close()
        try:
            codes = [ftp.abort()[:3]]
        except ftplib.error_proto as answer:
            # It knows 225, 226 and 426; servers that notice the closed connection first say more.
            codes = [str(answer)[:3]]
        data.close()
        ftp.putcmd("NOOP")
        while codes[-1] != "200":
            codes.append(ftp.getmultiline()[:3])
        print(*codes)
        get(ftp, os.path.basename(local), local)
    else:
        with open(local, "rb") as file:
            ftp.storbinary("STOR " + remote, file)
