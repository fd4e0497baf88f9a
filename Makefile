# Two commands on a fresh machine with Python 3.11, make and git:
#   make demo   installs everything and makes a labelled dataset of rare cases
#   make test   installs everything and runs linters, types and all tests
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: install demo test lint types unit clean

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e '.[dev]' -c constraints.txt
	touch $(STAMP)

demo: install
	$(BIN)/oddsmith run driving/cut_in --out outputs/cut_in --episodes 8
	$(BIN)/oddsmith preview outputs/cut_in --out outputs/cut_in_preview
	@echo
	@echo "The dataset is in outputs/cut_in, its pictures are in outputs/cut_in_preview:"
	@echo "  outputs/cut_in_preview/contact_sheet.png   outputs/cut_in_preview/episode.gif"
	@echo "Next, with $(BIN) on your PATH:"
	@echo "  oddsmith inspect outputs/cut_in"
	@echo "  oddsmith new outputs/mine.yaml --like driving/cut_in"

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: install
	$(BIN)/mypy

unit: install
	$(BIN)/pytest -n 2 --dist worksteal

test: lint types unit

clean:
	rm -rf $(VENV)
