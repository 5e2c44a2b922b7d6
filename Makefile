# make demo   audit the example apps, wrap them, attack them before and after, write demo-report/
# make test   every test, and a check of the installed wheel
# make test-oldest   the wrapper's tests on the oldest versions that it says it works with
# make test-cves   audit releases with published vulnerabilities, and those that mended them
# make lint   ruff and mypy
# make bench  what requests, refused logins, floods, the start and an audit cost; bench/README.md
# Needs Python 3.11 or later and a network that reaches the package registries.
# PYTHON=/path/to/python chooses the interpreter; PYTEST_ARGS goes to pytest, BENCH_ARGS to bench.

.PHONY: demo test test-oldest test-cves lint bench clean
PIP = -m pip install --quiet --disable-pip-version-check

demo:
	@sh tools/venv.sh .venv-demo
	@.venv-demo/bin/python $(PIP) '.[audit,redis,sqlalchemy]' -r examples/requirements.txt
	@.venv-demo/bin/python examples/demo.py demo-report

test:
	@sh tools/servers.sh
	@sh tools/venv.sh .venv-test
	@.venv-test/bin/python $(PIP) build
	@rm -rf dist
	@.venv-test/bin/python -m build --outdir dist . >/dev/null
	@.venv-test/bin/python $(PIP) --group test "$$(echo dist/*.whl)[audit,devices,pepper,redis,sqlalchemy]"
	@.venv-test/bin/python $(PIP) --force-reinstall --no-deps dist/*.whl
	@sh tools/smoke.sh .venv-test
	@PATH="$$PATH:/usr/sbin:/sbin" .venv-test/bin/python -m pytest -n 2 $(PYTEST_ARGS)

test-oldest:
	@sh tools/servers.sh
	@sh tools/venv.sh .venv-oldest
	@.venv-oldest/bin/python $(PIP) --group test '.[audit,devices,pepper,redis,sqlalchemy]'
	@.venv-oldest/bin/python tools/oldest.py > .venv-oldest/oldest.txt
	@.venv-oldest/bin/python $(PIP) --no-deps -r .venv-oldest/oldest.txt
	@PATH="$$PATH:/usr/sbin:/sbin" .venv-oldest/bin/python -m pytest -n 2 tests/hardening tests/gallery $(PYTEST_ARGS)

test-cves:
	@sh tools/venv.sh .venv-cves
	@.venv-cves/bin/python $(PIP) --group test '.[audit,sqlalchemy]'
	@.venv-cves/bin/python -m pytest -m network tests/network $(PYTEST_ARGS)

lint:
	@sh tools/venv.sh .venv-lint
	@.venv-lint/bin/python $(PIP) --group lint --group test '.[audit,devices,pepper,redis,sqlalchemy]'
	.venv-lint/bin/ruff check .
	.venv-lint/bin/ruff format --check .
	.venv-lint/bin/mypy

bench:
	@sh tools/venv.sh .venv-bench
	@.venv-bench/bin/python $(PIP) --group bench '.[redis,sqlalchemy]'
	@.venv-bench/bin/python bench/request.py $(BENCH_ARGS)
	@.venv-bench/bin/python bench/refused_login.py $(BENCH_ARGS)
	@.venv-bench/bin/python bench/startup.py $(BENCH_ARGS)
	@.venv-bench/bin/python bench/flood.py
	@.venv-bench/bin/python bench/memory.py
	@.venv-bench/bin/python bench/enumerate.py --samples 400
	@.venv-bench/bin/python bench/rehash.py
	@.venv-bench/bin/python bench/audit.py --rounds 3

clean:
	rm -rf .venv-demo .venv-test .venv-oldest .venv-cves .venv-lint .venv-bench dist build demo-report
