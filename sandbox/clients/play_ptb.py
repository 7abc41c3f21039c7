"""python-telegram-bot, unmodified, against the sandbox: the same as play_aiogram.py by another
parser. `play_ptb.py http://127.0.0.1:4210`"""

import asyncio
import sys

import telegram as t
from telegram.error import ChatMigrated, Forbidden

from person import CUP, Person

TOKEN, USER = "4211:ptb", 5
UPDATES = ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member", "pre_checkout_query"]


async def updates(bot):
    got = await bot.get_updates(allowed_updates=UPDATES)
    if got:
        await bot.get_updates(offset=got[-1].update_id + 1)
    return got


async def hear_everything(bot, person):
    await bot.get_updates(allowed_updates=UPDATES)
    expected = person.does_everything()
    got = await updates(bot)
    messages = [update.message for update in got if update.message]
    for field in expected:
        assert any(getattr(message, field) for message in messages), field
    for kind in ["edited_message", "message_reaction", "my_chat_member"]:
        assert any(getattr(update, kind) for update in got), kind
    photo = await messages[1].photo[-1].get_file()
    assert (await photo.download_as_bytearray()).startswith(b"\xff\xd8")


async def send_everything(bot, person):
    keyboard = t.InlineKeyboardMarkup([[t.InlineKeyboardButton("Yes", callback_data="y")]])
    text = await bot.send_message(USER, ">quoted\n*bold*", parse_mode="MarkdownV2", reply_markup=keyboard)
    assert text.entities[0].type == "blockquote"
    photo = await bot.send_photo(USER, CUP, caption="c", has_spoiler=True)
    assert photo.has_media_spoiler and (await bot.send_photo(USER, f"{person.sandbox}/sample.png")).photo
    for send, field in [(bot.send_document, "document"), (bot.send_voice, "voice"), (bot.send_audio, "audio"),
                        (bot.send_video, "video"), (bot.send_video_note, "video_note"),
                        (bot.send_sticker, "sticker"), (bot.send_animation, "animation")]:
        assert getattr(await send(USER, CUP), field), field
    album = await bot.send_media_group(USER, [t.InputMediaPhoto(CUP.read_bytes(), caption="a"), t.InputMediaPhoto(photo.photo[0].file_id)])
    assert len({one.media_group_id for one in album}) == 1
    assert (await bot.send_location(USER, 41.0, 28.9)).location
    assert (await bot.forward_message(USER, USER, photo.message_id)).forward_origin
    assert (await bot.copy_message(USER, USER, photo.message_id)).message_id
    assert await bot.set_message_reaction(USER, 1, "👀")
    assert (await bot.edit_message_caption(USER, photo.message_id, caption="d")).caption == "d"
    assert (await bot.edit_message_media(t.InputMediaDocument(CUP.read_bytes()), USER, photo.message_id)).document
    person.does("callbacks", {"message_id": text.message_id, "data": "y"})
    query = [update.callback_query for update in await updates(bot) if update.callback_query][0]
    assert query.message.text and await query.answer("ok")
    assert await bot.delete_messages(USER, [photo.message_id])


async def show_itself(bot):
    scope = t.BotCommandScopeAllPrivateChats()
    assert await bot.set_my_commands([("start", "Начать")], scope=scope, language_code="ru")
    assert (await bot.get_my_commands(scope=scope, language_code="ru"))[0].command == "start"
    assert await bot.get_my_commands() == ()
    assert await bot.set_my_name("Cups") and (await bot.get_my_name("ru")).name == "Cups"
    assert await bot.set_my_description("d") and (await bot.get_my_description()).description == "d"
    assert await bot.set_my_short_description("s") and (await bot.get_my_short_description()).short_description == "s"
    assert (await bot.get_chat_menu_button()).type == "commands"
    assert (await bot.get_chat(USER)).id == USER
    assert (await bot.get_chat_member(USER, USER)).status == "member"


async def take_money(bot, person):
    price = [t.LabeledPrice("A month", 150)]
    sent = await bot.send_invoice(USER, "A month", "d", "p", "XTR", price, provider_token="")
    paying = asyncio.create_task(asyncio.to_thread(person.does, "payments", {"message_id": sent.message_id}))
    while not (queries := [update.pre_checkout_query for update in await updates(bot)]):
        await asyncio.sleep(0.02)
    await queries[0].answer(ok=True)
    await paying
    payment = (await updates(bot))[0].message.successful_payment
    assert await bot.refund_star_payment(USER, payment.telegram_payment_charge_id)
    assert len((await bot.get_star_transactions()).transactions) == 2
    assert (await bot.get_my_star_balance()).amount == 0


async def be_refused(bot, person):
    person.does("membership", {"status": "kicked"})
    for expected, chat in [(Forbidden, USER), (ChatMigrated, -77)]:
        try:
            await bot.send_message(chat, "?")
        except expected:
            continue
        raise AssertionError(f"not {expected}")


async def main(sandbox):
    bot = t.Bot(TOKEN, base_url=f"{sandbox}/telegram/bot", base_file_url=f"{sandbox}/telegram/file/bot")
    person = Person(sandbox, TOKEN, USER)
    async with bot:
        await hear_everything(bot, person)
        await send_everything(bot, person)
        await show_itself(bot)
        await take_money(bot, person)
        await be_refused(bot, person)


asyncio.run(main(sys.argv[1]))
