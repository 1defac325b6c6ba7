"""list | get | put with Python's ftplib: action host port user password remote local."""
import ftplib
import sys

action, host, port, user, password, remote, local = sys.argv[1:]
with ftplib.FTP(timeout=30) as ftp:
    ftp.connect(host, int(port))
    ftp.login(user, password)
    if action == "list":
        ftp.retrlines("LIST " + remote if remote else "LIST")
    elif action == "get":
        with open(local, "wb") as file:
            ftp.retrbinary("RETR " + remote, file.write)
    else:
        with open(local, "rb") as file:
            ftp.storbinary("STOR " + remote, file)
