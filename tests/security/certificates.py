"""A certificate authority for one test run, made with openssl."""

from __future__ import annotations

import pathlib
import subprocess


class Authority:
    def __init__(self, folder: pathlib.Path, name: str = "test root"):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.root, self.root_key = folder / "root.pem", folder / "root.key"
        self._openssl(
            *("req", "-x509", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", self.root_key, "-out", self.root, "-days", "2", "-subj", f"/CN={name}"),
            *("-addext", "basicConstraints=critical,CA:TRUE"),
        )

    def _openssl(self, *arguments: object) -> None:
        done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def issue(self, name: str, common_name: str, *, server: bool = True) -> tuple[pathlib.Path, pathlib.Path]:
        """Returns certificate and key, the key for its owner alone."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        self._openssl(
            *("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", key, "-out", request, "-subj", f"/CN={common_name}"),
        )
        names = "subjectAltName=DNS:localhost,IP:127.0.0.1\n" if server else ""
        extensions.write_text(names + "extendedKeyUsage=serverAuth,clientAuth\n")
        self._openssl(
            *("x509", "-req", "-in", request, "-CA", self.root, "-CAkey", self.root_key, "-CAcreateserial"),
            *("-out", certificate, "-days", "2", "-extfile", extensions),
        )
        key.chmod(0o600)
        return certificate, key
