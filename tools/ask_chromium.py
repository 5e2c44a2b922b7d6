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
import tempfile
from pathlib import Path

OUT = Path(__file__).parent.parent / "tests" / "hardening" / "web" / "browser_urls.json"
BASES = ("https://app.example/login", "http://app.example/login")

# Not here: a space inside a host, which Chromium keeps as %20 and the standard refuses.
TEXTS = [
    "",
    "/",
    "/dashboard",
    "dashboard",
    "?page=2",
    "#top",
    "./a/../b",
    "/a//b",
    "/.//evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    "/\r\n/evil.example",
    " //evil.example",
    "\x00//evil.example",
    "\x1f/\x1f/evil.example",
    "//evil.example\x00",
    "\u00a0//evil.example",
    "\u2028//evil.example",
    "https:evil.example",
    "http:evil.example",
    "https:/evil.example",
    "http:/evil.example",
    "https:\\evil.example",
    "https:\\\\evil.example",
    "https:/\\evil.example",
    "https:///evil.example",
    "http:////evil.example",
    "hTTps://evil.example",
    "ht\ntps://evil.example",
    "https\t://evil.example",
    "https ://evil.example",
    "https://evil.example",
    "https://EVIL.example",
    "https://evil.example:443/x",
    "https://evil.example:8443/x",
    "https://evil.example:/x",
    "https://evil.example:0/x",
    "https://evil.example:00080/x",
    "https://evil.example:65536/x",
    "https://evil.example:8a/x",
    "https://app.example@evil.example",
    "https://app.example:pw@evil.example/",
    "https://app.example\\@evil.example",
    "https://app.example/@evil.example",
    "https://app.example?@evil.example",
    "https://app.example#@evil.example",
    "https://evil.example\\.app.example",
    "https://a@b@evil.example",
    "https://@/x",
    "https://:80/x",
    "https://",
    "//",
    "https://evil%2eexample/",
    "https://%65vil.example/",
    "https://evil.example%2f.app.example/",
    "https://evil.example%00.app.example/",
    "https://evil.example%23.app.example/",
    "https://evil.example%ff/",
    "https://evil|example/",
    "https://evil<example/",
    "https://evil^example/",
    "https://evil_example/",
    "https://evil.example./",
    "https://\uff45vil.example/",
    "https://evil\u3002example/",
    "//evil\uff0eexample",
    "https://evil\uff61example/",
    "https://e\u00advil.example/",
    "https://e\u200bvil.example/",
    "https://\u212aelvin.example/",
    "https://b\u00fccher.example/",
    "https://fa\u00df.example/",
    "https://xn--bcher-kva.example/",
    "https://evil.example\uff0f.app.example/",
    "https://evil.example\u2044.app.example/",
    "https://evil.example\uff03.app.example/",
    "https://\u2488example/",
    "https://127.1/",
    "https://0x7f.1/",
    "https://017700000001/",
    "https://2130706433/",
    "https://256.1.1.1/",
    "https://1.2.3.4.5/",
    "https://1.2.3.08/",
    "https://0x/",
    "https://4294967296/",
    "https://00000000000000000000000000000000000000000000001/",
    "https://1.2.3.4./",
    "https://app.1/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]:8443/",
    "https://[::ffff:1.2.3.4]/",
    "https://[::1%25eth0]/",
    "https://[::1/",
    "https://[app.example]/",
    "https://a:b:c@evil.example:80/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "javascript://app.example/%0aalert(1)",
    "data:text/html,hi",
    "vbscript:x",
    "blob:https://app.example/1",
    "mailto:a@evil.example",
    "ftp://evil.example/",
    "ws:evil.example",
    "wss://evil.example:443/",
    "myapp://callback",
    "1http://evil.example",
    "//evil.example:443",
    "//evil.example:80",
    "/path?next=//evil.example",
    "//app.example",
    "https://app.example",
    "https:app.example",
    ":evil.example",
    "//\\evil.example",
    "https:?x",
    "https:#x",
    "https:",
    ".//evil.example",
    "..//evil.example",
]

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


def main() -> None:
    """Write the answers of the Chromium on this machine."""
    version = subprocess.run(["chromium", "--version"], capture_output=True, text=True, check=True)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        texts = json.dumps(TEXTS).replace("<", "\\u003c")
        page.write_text(PAGE % (texts, json.dumps(BASES)), encoding="utf-8")
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
        dom = subprocess.run(
            [*command, page.as_uri()], capture_output=True, text=True, check=True, timeout=60
        )
    match = re.search(r'<pre id="out">(.*?)</pre>', dom.stdout, re.DOTALL)
    if match is None:
        raise SystemExit("Chromium did not answer")
    origin = f"new URL(text, base) in {version.stdout.split('built')[0].strip()}"
    answers = json.loads(html.unescape(match.group(1)))
    rows = ",\n".join(json.dumps(answer) for answer in answers)
    head = json.dumps(origin)
    OUT.write_text(f'{{"origin": {head}, "answers": [\n{rows}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
