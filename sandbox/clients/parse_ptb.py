"""python-telegram-bot, unmodified, parses what the sandbox has said in the conversations. `parse_ptb.py <folder>`"""

import sys

import telegram as t

from said import check

# What is not here answers with a value that is no object: true, a link.
OBJECTS = {
    "getMe": t.User, "getFile": t.File, "getWebhookInfo": t.WebhookInfo, "getChatMenuButton": t.MenuButton,
    "getMyName": t.BotName, "getMyDescription": t.BotDescription, "getMyShortDescription": t.BotShortDescription,
    "getMyCommands": t.BotCommand,
    "sendMessage": t.Message, "sendPhoto": t.Message, "editMessageText": t.Message, "editMessageCaption": t.Message,
    "editMessageReplyMarkup": t.Message,
}


def answer(method, body):
    if not body["ok"]:
        assert isinstance(body["error_code"], int) and isinstance(body["description"], str), body
        return None
    kind, result = OBJECTS.get(method), body["result"]
    if kind is None:
        assert isinstance(result, (bool, str)), f"{method}: {result}"
        return None
    if isinstance(result, list):
        return kind.de_list(result, None)
    return kind.de_json(result, None)


def unknown(value, path=""):
    if isinstance(value, t.TelegramObject):
        yield from (f"{path}.{name}" for name in value.api_kwargs)
        slots = {name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())}
        for name in slots - {"api_kwargs"}:
            if not name.startswith("_"):
                yield from unknown(getattr(value, name, None), f"{path}.{name}")
    elif isinstance(value, (list, tuple)):
        for at, one in enumerate(value):
            yield from unknown(one, f"{path}[{at}]")


check("python-telegram-bot", sys.argv[1], lambda body: t.Update.de_json(body, None), answer, unknown)
