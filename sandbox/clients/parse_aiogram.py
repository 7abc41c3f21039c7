"""aiogram, unmodified, parses what the sandbox has said in the conversations. `parse_aiogram.py <folder>`"""

import inspect
import sys

from aiogram import methods, types
from aiogram.methods.base import Response, TelegramMethod
from pydantic import BaseModel

from said import check

METHODS = {
    one.__api_method__: one
    for one in vars(methods).values()
    if inspect.isclass(one) and issubclass(one, TelegramMethod) and hasattr(one, "__api_method__")
}


def answer(method, body):
    """As aiogram's session reads the answer to a call."""
    parsed = Response[METHODS[method].__returning__].model_validate(body)
    assert parsed.ok or (parsed.error_code and parsed.description), body
    assert not parsed.ok or parsed.result is not None, body
    return parsed


def unknown(value, path=""):
    if isinstance(value, BaseModel):
        yield from (f"{path}.{name}" for name in value.model_extra or {})
        for name in type(value).model_fields:
            yield from unknown(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, (list, tuple)):
        for at, one in enumerate(value):
            yield from unknown(one, f"{path}[{at}]")


check("aiogram", sys.argv[1], types.Update.model_validate, answer, unknown)
