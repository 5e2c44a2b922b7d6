"""Ask Chromium where it would go, and write `tests/hardening/web/browser_urls.json`.

    python tools/ask_chromium.py

Every text in TEXTS is resolved with ``new URL(text, base)`` on an https and an http base. The
answers are the expected values of ``tests/hardening/web/test_whatwg.py``.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # run as a script, too

from tools.url_texts import TEXTS

OUT = Path(__file__).parent.parent / "tests" / "hardening" / "web" / "browser_urls.json"
BASES = ("https://app.example/login", "http://app.example/login")

PAGE = """<meta charset="utf-8"><pre id="out"></pre><script>
const texts = %s, bases = %s, found = [];
for (const text of texts) for (const base of bases) {
  let answer = null;
  try {
    const url = new URL(text, base);
    answer = {scheme: url.protocol.slice(0, -1), host: url.hostname, port: url.port};
  } catch (error) {}
  found.push({text, base, answer});
}
document.getElementById("out").textContent = JSON.stringify(found);
</script>"""


def version() -> str:
    """Return which Chromium is on this machine."""
    found = subprocess.run(["chromium", "--version"], capture_output=True, text=True, check=True)
    return found.stdout.split("built")[0].strip()


def ask() -> list[dict[str, Any]]:
    """Return what the Chromium on this machine says to every text on every base.

    Raises:
        RuntimeError: it says nothing.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        page = Path(folder, "page.html")
        texts = json.dumps(list(dict.fromkeys(TEXTS))).replace("<", "\\u003c")
        page.write_text(PAGE % (texts, json.dumps(BASES)), encoding="utf-8")
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
        command.append(f"--user-data-dir={folder}/profile")
        dom = subprocess.run(
            [*command, page.as_uri()], capture_output=True, text=True, check=True, timeout=60
        )
    match = re.search(r'<pre id="out">(.*?)</pre>', dom.stdout, re.DOTALL)
    if match is None:
        raise RuntimeError("Chromium did not answer")
    answers: list[dict[str, Any]] = json.loads(html.unescape(match.group(1)))
    return answers


def main() -> None:
    """Write the answers of the Chromium on this machine."""
    rows = ",\n".join(json.dumps(answer) for answer in ask())
    head = json.dumps(f"new URL(text, base) in {version()}")
    OUT.write_text(f'{{"origin": {head}, "answers": [\n{rows}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
