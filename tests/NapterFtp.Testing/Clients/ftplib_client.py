"""list | get | put | series with Python's ftplib: action host port user password remote local."""
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
    else:
        with open(local, "rb") as file:
            ftp.storbinary("STOR " + remote, file)
