"""Plays a Mini App in the frame of the chat page, in a real Chromium: each request of the app has to be answered as
Telegram Web answers it. Source: docs.telegram-mini-apps.com, platform/methods and platform/events."""

import functools
import http.server
import json
import pathlib
import sys
import threading
import urllib.parse
import urllib.request

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from person import Person

TOKEN, USER = "4243:AAapp", 9_003
HERE = pathlib.Path(__file__).parent
SECONDS = 15


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve_app():
    handler = functools.partial(Quiet, directory=HERE)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/app.html"


def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1000,800"]:
        options.add_argument(argument)
    return webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))


class Page:
    """The chat page, and the app in its frame."""

    def __init__(self, driver, sandbox):
        self.driver, self.sandbox = driver, sandbox

    def bot(self, method, **fields):
        url = f"{self.sandbox}/telegram/bot{TOKEN}/{method}"
        request = urllib.request.Request(url, data=json.dumps(fields).encode(), method="POST")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return json.load(answer)["result"]

    def goes(self, **query):
        self.driver.get(f"{self.sandbox}/?{urllib.parse.urlencode({'user': USER, **query})}")

    def until(self, condition):
        return WebDriverWait(self.driver, SECONDS, poll_frequency=0.05).until(lambda _: condition())

    def presses(self, selector):
        shown = lambda: [one for one in self.driver.find_elements(By.CSS_SELECTOR, selector) if one.is_displayed()]
        self.until(lambda: shown())[0].click()

    def in_app(self, script, *arguments):
        frame = self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, "#mini-body iframe"))[0]
        self.driver.switch_to.frame(frame)
        try:
            return self.driver.execute_script(script, *arguments)
        finally:
            self.driver.switch_to.default_content()

    def ready(self):
        self.until(lambda: self.in_app("return typeof say === 'function'"))

    def says(self, name, data=None):
        self.in_app("heard.length = 0; say(arguments[0], arguments[1]);", name, data)

    def hears(self, name):
        """Waits for an event, and gives its data."""
        last = "return heard.findLast((one) => one.eventType === arguments[0]) || null"
        return self.until(lambda: self.in_app(last, name)).get("eventData")

    def asks(self, name, data, event):
        self.says(name, data)
        return self.hears(event)


def launch(page):
    page.goes(startapp="ref_7", theme="dark")
    page.ready()
    hash_ = urllib.parse.parse_qs(page.in_app("return location.hash.slice(1)"))
    data = urllib.parse.parse_qs(hash_["tgWebAppData"][0])
    assert (hash_["tgWebAppStartParam"], data["start_param"]) == (["ref_7"], ["ref_7"])
    assert json.loads(data["user"][0])["id"] == USER and data["hash"]
    page.until(lambda: not page.driver.find_element(By.ID, "mini-wait").is_displayed())


def look(page):
    assert page.asks("web_app_request_theme", None, "theme_changed")["theme_params"]["bg_color"] == "#17212b"
    page.in_app("heard.length = 0")
    page.driver.execute_script("chooseTheme('light')")
    assert page.hears("theme_changed")["theme_params"]["bg_color"] == "#ffffff"
    size = page.asks("web_app_request_viewport", None, "viewport_changed")
    assert size["height"] == page.in_app("return innerHeight") and size["is_expanded"] is False
    assert page.asks("web_app_expand", None, "viewport_changed")["is_expanded"] is True
    assert page.asks("web_app_request_safe_area", None, "safe_area_changed")["top"] == 0
    assert page.asks("web_app_request_fullscreen", None, "fullscreen_changed") == {"is_fullscreen": True}
    assert page.hears("content_safe_area_changed")["top"] > 0
    assert page.asks("web_app_request_fullscreen", None, "fullscreen_failed") == {"error": "ALREADY_FULLSCREEN"}
    assert page.asks("web_app_exit_fullscreen", None, "fullscreen_changed") == {"is_fullscreen": False}


def press_bars(page):
    button = {"is_visible": True, "is_active": True, "text": "Go", "color": "#112233", "text_color": "#ffffff"}
    for name, selector in [("main", "#mini-main"), ("secondary", "#mini-second")]:
        page.says(f"web_app_setup_{name}_button", button)
        page.presses(selector)
        page.hears(f"{name}_button_pressed")
    page.says("web_app_setup_back_button", {"is_visible": True})
    page.until(lambda: page.driver.find_element(By.ID, "mini-left").text == "←")
    page.presses("#mini-left")
    page.hears("back_button_pressed")
    page.says("web_app_setup_settings_button", {"is_visible": True})
    page.presses("#mini-more")
    page.presses("#mini-menu .item")
    page.hears("settings_button_pressed")
    page.presses("#mini-down")
    assert page.hears("visibility_changed") == {"is_visible": False}
    page.presses("#mini-dock-open")
    page.until(lambda: page.hears("visibility_changed") == {"is_visible": True})


def act(page, person):
    popup = {"message": "Sure?", "buttons": [{"id": "yes", "type": "ok"}, {"id": "", "type": "cancel"}]}
    page.says("web_app_open_popup", popup)
    page.presses("#mini-ask-actions button")
    assert page.hears("popup_closed") == {"button_id": "yes"}
    saved = {"req_id": "a", "method": "saveStorageValue", "params": {"key": "k", "value": "v"}}
    assert page.asks("web_app_invoke_custom_method", saved, "custom_method_invoked") == {"req_id": "a", "result": True}
    read = {"req_id": "b", "method": "getStorageValues", "params": {"keys": ["k"]}}
    assert page.asks("web_app_invoke_custom_method", read, "custom_method_invoked")["result"] == {"k": "v"}
    home = page.asks("web_app_check_home_screen", None, "home_screen_checked")
    page.asks("web_app_add_to_home_screen", None, "home_screen_added")
    assert home == {"status": "missed"}
    assert page.asks("web_app_check_home_screen", None, "home_screen_checked") == {"status": "added"}
    assert page.asks("web_app_request_write_access", None, "write_access_requested") == {"status": "allowed"}
    result = {"type": "article", "id": "1", "title": "A cup", "input_message_content": {"message_text": "A bird!"}}
    prepared = page.bot("savePreparedInlineMessage", user_id=USER, allow_user_chats=True, result=result)
    page.says("web_app_send_prepared_message", {"id": prepared["id"]})
    page.presses("#mini-ask-actions button:last-child")
    page.hears("prepared_message_sent")
    assert person.does("messages", verb="GET")["messages"][-1]["text"] == "A bird!"
    gone = page.asks("web_app_send_prepared_message", {"id": "none"}, "prepared_message_failed")
    assert gone == {"error": "MESSAGE_EXPIRED"}


def pay(page):
    price = [{"label": "A month", "amount": 150}]
    link = page.bot("createInvoiceLink", title="A month", description="d", payload="p", currency="XTR", prices=price)
    slug = link.removeprefix("https://t.me/$")
    page.says("web_app_open_invoice", {"slug": slug})
    page.presses("#invoice [data-cancel]")
    assert page.hears("invoice_closed") == {"slug": slug, "status": "cancelled"}
    page.says("web_app_open_invoice", {"slug": slug})
    page.presses("#i-pay")
    asked = lambda: [one["pre_checkout_query"] for one in page.bot("getUpdates") if "pre_checkout_query" in one]
    page.bot("answerPreCheckoutQuery", pre_checkout_query_id=page.until(asked)[0]["id"], ok=True)
    assert page.hears("invoice_closed") == {"slug": slug, "status": "paid"}


def leave(page, person):
    username = page.bot("getMe")["username"]
    page.says("web_app_open_tg_link", {"path_full": f"/{username}?start=ref_9"})
    page.until(lambda: person.does("messages", verb="GET")["messages"][-1]["text"] == "/start ref_9")
    page.presses("#mini-dock-open")
    page.says("web_app_setup_closing_behavior", {"need_confirmation": True})
    page.says("web_app_setup_back_button", {"is_visible": False})
    page.until(lambda: page.driver.find_element(By.ID, "mini-left").text == "✕")
    page.presses("#mini-left")
    page.presses("#mini-ask-actions .danger")
    page.until(lambda: not page.driver.find_elements(By.CSS_SELECTOR, "#mini-body iframe"))


def be_old(page):
    page.goes(version="6.1")
    page.presses("#menu")
    page.ready()
    for name in ["web_app_open_popup", "web_app_fly"]:
        page.says(name, {"message": "?", "buttons": []})
    remarks = "return passed.filter((one) => one.remark).map((one) => `${one.name}: ${one.remark}`)"
    expected = ["web_app_open_popup: UNSUPPORTED before 6.2", "web_app_fly: unknown"]
    page.until(lambda: page.driver.execute_script(remarks) == expected)
    assert not page.driver.find_element(By.ID, "mini-ask").is_displayed()


def main(sandbox):
    driver = browser()
    try:
        page, person = Page(driver, sandbox), Person(sandbox, TOKEN, USER)
        app = {"type": "web_app", "text": "Open", "web_app": {"url": serve_app()}}
        page.bot("getMe")
        page.bot("setChatMenuButton", menu_button=app)
        person.says("/start")
        launch(page)
        look(page)
        press_bars(page)
        act(page, person)
        pay(page)
        leave(page, person)
        be_old(page)
    finally:
        driver.quit()


main(sys.argv[1])
