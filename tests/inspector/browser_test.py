# SPDX-License-Identifier: MIT
"""The inspector's page in a browser, as a person uses it.

browser_test.py CASE PICTURE PROGRAM...: PROGRAM runs the factory. Saves a picture of the page at the end.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import browser

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools" / "debug"))
import telar_trace  # noqa: E402

SCRIPTS = "#scripts tbody tr"
PAUSED = "document.getElementById('pause').textContent === 'Resume'"


def names(page):
    return page.value(f"[...document.querySelectorAll('{SCRIPTS}')].map(row => row.cells[1].textContent)")


def wait_until_paused(page):
    page.click("#pause")
    page.wait_for(PAUSED)


def step(page):
    return int(re.search(r"step ([\d,]+)", page.value("document.getElementById('figures').textContent")).group(1)
               .replace(",", ""))


def test_a_click_sorts_the_table(page):
    wait_until_paused(page)
    page.click("th[data-sort=name]")
    page.wait_for("document.querySelector('th[data-sort=name]').className === 'sorted'")
    ascending = names(page)
    assert ascending == sorted(ascending) and len(ascending) == 16, ascending
    page.click("th[data-sort=name]")
    page.wait_for("document.querySelector('th[data-sort=name]').classList.contains('descends')")
    assert names(page) == ascending[::-1], names(page)


def test_a_script_is_cancelled(page):
    assert "miner 3" in names(page), names(page)
    row = f"[...document.querySelectorAll('{SCRIPTS}')].find(row => row.cells[1].textContent === 'miner 3')"
    page.value(f"{row}.querySelector('button').id = 'this_one'")
    page.click("#this_one")
    page.wait_for(f"!{row}")
    assert len(names(page)) == 15, names(page)
    page.wait_for("document.getElementById('said').textContent.endsWith(': done')")


def test_what_waits_for_a_step_is_said(page):
    wait_until_paused(page)
    page.value(f"document.querySelector('{SCRIPTS} button').id = 'this_one'")
    page.click("#this_one")
    page.wait_for("document.getElementById('said').textContent.endsWith(': in the next step')")
    page.click("#step")
    page.wait_for(f"document.querySelectorAll('{SCRIPTS}').length === 15")


def test_the_filter_and_the_types_choose(page):
    page.type("#filter", "MINER 2")
    page.wait_for(f"document.querySelectorAll('{SCRIPTS}').length === 1")
    assert names(page) == ["miner 2"], names(page)
    page.click("#types tbody tr:nth-child(2)")
    page.wait_for(f"document.querySelectorAll('{SCRIPTS}').length === 8")
    assert page.value("document.getElementById('filter').value") in ("miner", "smith")


def test_the_game_is_paused_and_stepped(page):
    wait_until_paused(page)
    before = step(page)
    page.click("#step")
    page.wait_for(f"document.getElementById('figures').textContent.includes('{before + 1:,}')")
    page.click("#pause")
    page.wait_for("document.getElementById('pause').textContent === 'Pause'")
    page.wait_for("parseInt(document.getElementById('figures').textContent.match(/step ([\\d,]+)/)[1]"
                  f".replace(/,/g, '')) > {before + 100}")


def test_a_trace_is_offered(page):
    page.click("#trace")
    page.wait_for("document.getElementById('trace').textContent === 'Save the last 5 s'")
    with tempfile.TemporaryDirectory() as folder:
        page.ask("Page.setDownloadBehavior", behavior="allow", downloadPath=folder)
        page.click("#trace")
        saved = pathlib.Path(folder) / "telar-1.pftrace"
        end = time.monotonic() + browser.PATIENCE
        while not saved.exists():
            assert time.monotonic() < end, list(pathlib.Path(folder).iterdir())
            time.sleep(0.05)
        assert telar_trace.turns(*telar_trace.read(saved)) > 0
    page.click("#untrace")
    page.wait_for("document.getElementById('trace').textContent === 'Trace'")


def main():
    case, picture, program = sys.argv[1], sys.argv[2], sys.argv[3:]
    if browser.find() is None:
        print("skipped: no chromium")
        sys.exit(77)
    game = subprocess.Popen([*program, "--headless", "--steps", "1000000000", "--inspector", "0"],
                            stdout=subprocess.PIPE, text=True)
    try:
        url = re.search(r"inspector: (http://127\.0\.0\.1:\d+/\?token=\w+)", game.stdout.readline()).group(1)
        with browser.Browser() as page:
            page.open(url)
            page.wait_for(f"document.querySelectorAll('{SCRIPTS}').length === 16")
            assert page.value("document.title") == "factory: telar"
            globals()[f"test_{case}"](page)
            page.save_picture(picture)
            assert page.value("document.querySelectorAll('.lost').length") == 0
    finally:
        game.kill()
        game.wait()


main()
