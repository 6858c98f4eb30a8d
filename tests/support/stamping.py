"""A time-stamping authority on this machine, made with `openssl ts`: its certificates, and the replies that it signs."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

_CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[authority]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/authority.pem
signer_key = {folder}/authority.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass
class StampingAuthority:
    """Lies in `folder`; `root.pem` is the certificate at which its signatures end."""

    folder: Path
    name: str = "Authority of the tests"

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        (self.folder / "openssl.cnf").write_text(_CONFIGURATION.format(folder=self.folder, name=self.name))
        (self.folder / "serial").write_text("01\n")
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-config", "openssl.cnf"]
        self._run("req", "-x509", *key, "-extensions", "root", "-days", "30", "-keyout", "root.key", "-out", "root.pem")
        self._run("req", *key, "-subj", f"/CN={self.name} at work", "-keyout", "authority.key", "-out", "authority.csr")
        signed = ["-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "30", "-extfile", "openssl.cnf", "-extensions", "authority"]
        self._run("x509", "-req", "-in", "authority.csr", *signed, "-out", "authority.pem")

    @property
    def roots(self) -> Path:
        return self.folder / "root.pem"

    def reply(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        self._run("ts", "-reply", "-config", "openssl.cnf", "-queryfile", "query", "-out", "reply")
        return (self.folder / "reply").read_bytes()

    def takes(self, reply: bytes, data: bytes) -> bool:
        """Whether `openssl ts -verify` takes a reply over `data`."""
        (self.folder / "reply.tsr").write_bytes(reply)
        (self.folder / "data").write_bytes(data)
        command = ["openssl", "ts", "-verify", "-data", "data", "-in", "reply.tsr", "-CAfile", "root.pem"]
        return subprocess.run(command, cwd=self.folder, capture_output=True, check=False).returncode == 0

    def _run(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, check=True)
