"""What no schema knows of the files that deploy.

- Kustomizations name files that exist, and each manifest is named by one.
- Manifests are valid for their kind (kubernetes-validate, --strict: unknown keys are refused).
- Every setting that a container of ours is given stands in .env.example, a file only for a secret.
- Images and actions are pinned: by digest or exact version, and by commit.
- deploy/compose/development.env is what deploy/local/world.sh sets (`--write` writes it).

Run by deploy.sh with the Python of .data/deploy-lint. `--self-test` proves that each rule can fail.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parents[2]
KUBERNETES = "deploy/kubernetes"
POSTGRES = "deploy/docker/postgres.Dockerfile"
# Of Kubernetes itself the validator knows the kinds; those of others it does not.
OF_OTHERS = ("kustomize.config.k8s.io/", "monitoring.coreos.com/")
NAMES = re.compile(r"^#([A-Z0-9_]+)=", re.M)
BLOCK = re.compile(r"((?:^# .*\n)+)((?:^#[A-Z0-9_]+=.*\n))", re.M)


class Settings:
    """The variables of .env.example, and which of them are secrets."""

    def __init__(self, root):
        text = (root / ".env.example").read_text()
        self.all = set(NAMES.findall(text))
        self.secrets = set()
        for comment, line in BLOCK.findall(text):
            words = " ".join(comment.replace("#", " ").split())
            also = re.search(r"Also read: (.*)\.$", words)
            names = re.findall(r"\b[A-Z][A-Z0-9_]+\b(?= ?\(|,|$)", also[1]) if also else []
            self.all.update(names)
            if re.search(r"\bSecret\.", words):
                self.secrets.update([*NAMES.findall(line), *names])

    def fault(self, name):
        """Why a container cannot be given this variable, if so."""
        if name in self.all:
            return None
        secret = name.removesuffix("_FILE")
        if secret == name or secret not in self.all:
            return f"{name} is no setting of .env.example"
        if secret not in self.secrets:
            return f"{secret} is no secret, so it is not read from a file"
        return None


def documents(path):
    return [one for one in yaml.safe_load_all(path.read_text()) if one]


def of_kustomizations(root):
    folder = root / KUBERNETES
    named = set()
    for file in folder.rglob("kustomization.yaml"):
        one = yaml.safe_load(file.read_text())
        entries = [*one.get("resources", []), *one.get("components", [])]
        entries += [patch["path"] for patch in one.get("patches", []) if "path" in patch]
        for entry in entries:
            path = (file.parent / entry).resolve()
            target = path / "kustomization.yaml" if path.is_dir() else path
            if not target.is_file():
                yield f"{file.relative_to(root)} names {entry}, which is not there"
            named.add(target)
    for file in folder.rglob("*.yaml"):
        if file.name != "kustomization.yaml" and file.resolve() not in named:
            yield f"{file.relative_to(root)} is named by no kustomization"


def of_schemas(root):
    files = []
    for file in sorted((root / KUBERNETES).rglob("*.yaml")):
        kinds = [str(one.get("apiVersion", "")) for one in documents(file)]
        is_patch = file.name in ("scaling.yaml", "settings.yaml") and "overlays" in file.parts
        if not is_patch and not any(kind.startswith(OF_OTHERS) for kind in kinds):
            files.append(str(file.relative_to(root)))
    validator = Path(sys.executable).with_name("kubernetes-validate")
    ran = subprocess.run([validator, "--strict", *files], cwd=root, capture_output=True, text=True, check=False)
    if ran.returncode:
        lines = (ran.stdout + ran.stderr).splitlines()
        yield from (line for line in lines if line.strip() and not line.startswith("INFO"))


def of_settings_in_kubernetes(root, settings):
    for file in sorted((root / KUBERNETES).rglob("*.yaml")):
        for one in documents(file):
            if one.get("kind") == "ConfigMap":
                names = one["data"]
            else:
                pod = one.get("spec", {}).get("template", {}).get("spec", {})
                ours = [each for each in pod.get("containers", []) if each.get("image") == "symancy"]
                names = [variable["name"] for each in ours for variable in each.get("env", [])]
            for fault in filter(None, map(settings.fault, names)):
                yield f"{file.relative_to(root)}: {fault}"


def of_settings_in_compose(root, settings):
    for file in sorted((root / "deploy/compose").glob("*.yml")):
        for name, service in yaml.safe_load(file.read_text())["services"].items():
            if not str(service.get("image", "")).startswith(("symancy:", "${SYMANCY_IMAGE")):
                continue
            for fault in filter(None, map(settings.fault, service.get("environment", {}))):
                yield f"{file.relative_to(root)}, {name}: {fault}"


def of_secrets_in_compose(root):
    for file in sorted((root / "deploy/compose").glob("*.yml")):
        whole = yaml.safe_load(file.read_text())
        for name, service in whole["services"].items():
            has = set(service.get("secrets", []))
            for variable, value in service.get("environment", {}).items():
                path = str(value)
                if path.startswith("/run/secrets/") and path.rsplit("/", 1)[1] not in has:
                    yield f"{file.relative_to(root)}, {name}: {variable} names {path}, which it is not given"


def of_pins(root):
    pinned = re.compile(r"@sha256:[0-9a-f]{64}$|:[0-9]+\.[0-9]+[0-9a-z.-]*$")
    for file in sorted((root / "deploy/compose").glob("*.yml")):
        for name, service in yaml.safe_load(file.read_text())["services"].items():
            image = str(service.get("image", ""))
            if "build" not in service and not image.startswith("${") and not pinned.search(image):
                yield f"{file.relative_to(root)}, {name}: {image} is not pinned"
    for base in re.findall(r"^FROM (\w\S*)", (root / POSTGRES).read_text(), re.M):
        if not pinned.search(base):
            yield f"{POSTGRES}: {base} is not pinned"
    for line in (root / "deploy/docker/Dockerfile").read_text().splitlines():
        base = re.match(r"ARG (RUST|BASE)=(.*)", line)
        if base and "@sha256:" not in base[2]:
            yield f"deploy/docker/Dockerfile: {base[2]} is not pinned"
    for file in sorted((root / ".github/workflows").glob("*.yml")):
        for use in re.findall(r"uses: (\S+)", file.read_text()):
            if not use.startswith("./") and not re.search(r"@[0-9a-f]{40}$", use):
                yield f"{file.relative_to(root)}: {use} is not pinned by its commit"


PLACES = {
    "$ROOT/.data/run/sandbox": "/data",
    "$PORT": "3000",
    "$sandbox": "http://127.0.0.1:4010",
    "${SANDBOX_S3_ADDR##*:}": "4011",
    "${SANDBOX_SMTP_ADDR##*:}": "4012",
    "${SANDBOX_ADDR##*:}": "4010",
    "${S3_BUCKET:-${CLOUDFLARE_R2_BUCKET_NAME:-}}": "symancy-photos",
}
HEAD = """# What deploy/local/world.sh sets for `make run`: the sandbox as the outside world. Its "secrets" open nothing, and the
# programs refuse them as soon as one address is not on this machine. Written by `deploy/lint/manifests.py --write`.
API_HOST=127.0.0.1
DATABASE_URL=postgres://symancy:symancy@127.0.0.1:54320/symancy
REDIS_URL=redis://127.0.0.1:63790
# The service `migrate` does it.
MIGRATE=false
"""


def world(root):
    """The environment of the sandbox, from the script that sets it."""
    text = (root / "deploy/local/world.sh").read_text()
    lines = []
    for name, quoted, plain in re.findall(r'^ *default ([A-Z0-9_]+) (?:"([^"]*)"|(\S+))', text, re.M):
        value = quoted or plain
        for place, here in PLACES.items():
            value = value.replace(place, here)
        lines.append(f"{name}={value}\n")
    return HEAD + "".join(lines)


def of_world(root):
    wanted = world(root)
    if "$" in wanted:
        yield "deploy/local/world.sh has a variable that deploy/lint/manifests.py does not know"
    if (root / "deploy/compose/development.env").read_text() != wanted:
        yield "deploy/compose/development.env is not what world.sh sets: run deploy/lint/manifests.py --write"


def faults(root, with_schemas=True):
    settings = Settings(root)
    yield from of_kustomizations(root)
    if with_schemas:
        yield from of_schemas(root)
    yield from of_settings_in_kubernetes(root, settings)
    yield from of_settings_in_compose(root, settings)
    yield from of_secrets_in_compose(root)
    yield from of_pins(root)
    yield from of_world(root)


# file, what stands there, what is put into its place, a part of what has to be said
VIOLATIONS = [
    (f"{KUBERNETES}/base/kustomization.yaml", "  - api.yaml\n", "  - apis.yaml\n", "apis.yaml, which is not there"),
    (f"{KUBERNETES}/base/kustomization.yaml", "  - network.yaml\n", "", "network.yaml is named by no kustomization"),
    (f"{KUBERNETES}/base/settings.yaml", "LOG_LEVEL:", "LOG_LEVELS:", "LOG_LEVELS is no setting"),
    (f"{KUBERNETES}/base/api.yaml", "ADMIN_KEY_FILE", "ADMIN_KEYS_FILE", "ADMIN_KEYS_FILE is no setting"),
    (f"{KUBERNETES}/base/api.yaml", "ADMIN_KEY_FILE", "ADMIN_ALLOW_FILE", "ADMIN_ALLOW is no secret"),
    ("deploy/compose/server.yml", "      ADMIN_KEY_FILE", "      ADMIN_KEYS_FILE", "ADMIN_KEYS_FILE is no setting"),
    ("deploy/compose/server.yml", "      - n8n_api_key\n", "", "which it is not given"),
    (POSTGRES, "FROM postgres:15.14-bookworm", "FROM postgres:latest", "postgres:latest is not pinned"),
    (".github/workflows/ci.yml", "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", "actions/checkout@v7", "by its commit"),
    ("deploy/compose/development.env", "LOG_LEVEL=info", "LOG_LEVEL=warn", "is not what world.sh sets"),
]


def self_test():
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        for folder in ("deploy", ".github"):
            shutil.copytree(HERE / folder, root / folder, ignore=shutil.ignore_patterns("secrets"))
        shutil.copy(HERE / ".env.example", root)
        for name, before, after, wanted in VIOLATIONS:
            file = root / name
            text = file.read_text()
            if before not in text:
                yield f"nothing to break in {name}: {before!r} is not there"
            file.write_text(text.replace(before, after))
            found = list(faults(root, with_schemas=False))
            if not any(wanted in fault for fault in found):
                yield f"not caught: {name} with {after!r}; found {found}"
            file.write_text(text)
        file = root / KUBERNETES / "base/worker.yaml"
        file.write_text(file.read_text().replace("terminationGracePeriodSeconds", "terminationGracePeriod"))
        if not list(of_schemas(root)):
            yield "not caught: a key that Kubernetes does not know"


def main():
    if sys.argv[1:] == ["--write"]:
        (HERE / "deploy/compose/development.env").write_text(world(HERE))
        return 0
    found = list(self_test() if sys.argv[1:] == ["--self-test"] else faults(HERE))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
