"""aiogram, unmodified, against the sandbox: every update that a person can cause and every method
that a bot can call has to get through its parser. `play_aiogram.py http://127.0.0.1:4210`"""

import asyncio
import sys

from aiogram import Bot, types
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramForbiddenError, TelegramMigrateToChat, TelegramNotFound

from person import CUP, Person

TOKEN, USER = "4210:aiogram", 5
UPDATES = ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member",
           "pre_checkout_query", "subscription", "stopped_message_generation"]


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
        assert any(getattr(message, field) is not None for message in messages), field
    for kind in ["edited_message", "message_reaction", "my_chat_member"]:
        assert any(getattr(update, kind) for update in got), kind
    # Nothing that the sandbox sends is unknown to Bot API 10.3.
    for update in got:
        assert not update.model_extra, update.model_extra
        assert not update.message or not update.message.model_extra, update.message.model_extra


async def send_everything(bot, person):
    file = types.FSInputFile(CUP)
    keyboard = types.InlineKeyboardMarkup(inline_keyboard=[[
        types.InlineKeyboardButton(text="Yes", callback_data="y", style="success"),
    ]])
    text = await bot.send_message(USER, ">quoted\n*bold*", parse_mode="MarkdownV2", reply_markup=keyboard, protect_content=True)
    assert text.has_protected_content and text.entities[0].type == "blockquote"
    photo = await bot.send_photo(USER, file, caption="c", has_spoiler=True)
    assert (await bot.send_photo(USER, photo.photo[-1].file_id)).photo
    assert (await bot.send_photo(USER, f"{person.sandbox}/sample.png")).photo
    for send, field in [(bot.send_document, "document"), (bot.send_voice, "voice"), (bot.send_audio, "audio"),
                        (bot.send_video, "video"), (bot.send_video_note, "video_note"),
                        (bot.send_sticker, "sticker"), (bot.send_animation, "animation")]:
        assert getattr(await send(USER, file), field), field
    album = await bot.send_media_group(USER, [types.InputMediaPhoto(media=file, caption="a"), types.InputMediaPhoto(media=photo.photo[0].file_id)])
    assert len({one.media_group_id for one in album}) == 1
    assert (await bot.send_location(USER, 41.0, 28.9)).location
    assert (await bot.send_contact(USER, "+1", "Bo")).contact
    assert await bot.send_chat_action(USER, "typing")
    assert (await bot.forward_message(USER, USER, photo.message_id)).forward_origin
    assert (await bot.copy_message(USER, USER, photo.message_id)).message_id
    assert await bot.set_message_reaction(USER, 1, [types.ReactionTypeEmoji(emoji="👀")])
    assert (await bot.edit_message_text("other", chat_id=USER, message_id=text.message_id, reply_markup=keyboard)).text
    assert (await bot.edit_message_caption(chat_id=USER, message_id=photo.message_id, caption="d")).caption == "d"
    assert (await bot.edit_message_media(types.InputMediaDocument(media=file), chat_id=USER, message_id=photo.message_id)).document
    person.does("callbacks", {"message_id": text.message_id, "data": "y"})
    query = [update.callback_query for update in await updates(bot) if update.callback_query][0]
    assert query.message.text == "other" and await bot.answer_callback_query(query.id, "ok", show_alert=True)
    assert await bot.send_message_draft(USER, 7, text="so far", can_stop=True)
    person.does("stops", {"draft_id": 7})
    assert (await updates(bot))[0].stopped_message_generation.draft_id == 7
    assert await bot.delete_messages(USER, [photo.message_id]) and await bot.delete_message(USER, album[0].message_id)


async def show_itself(bot):
    commands = [types.BotCommand(command="start", description="Начать")]
    scope = types.BotCommandScopeAllPrivateChats()
    assert await bot.set_my_commands(commands, scope=scope, language_code="ru")
    kept = await bot.get_my_commands(scope=scope, language_code="ru")
    assert [(one.command, one.description) for one in kept] == [("start", "Начать")]
    assert await bot.get_my_commands() == []
    assert await bot.delete_my_commands(scope=scope, language_code="ru")
    assert await bot.set_my_name("Cups") and (await bot.get_my_name("ru")).name == "Cups"
    assert await bot.set_my_description("d") and (await bot.get_my_description()).description == "d"
    assert await bot.set_my_short_description("s") and (await bot.get_my_short_description()).short_description == "s"
    assert await bot.set_chat_menu_button(menu_button=types.MenuButtonCommands())
    assert (await bot.get_chat_menu_button()).type == "commands"
    assert (await bot.get_chat(USER)).id == USER
    assert (await bot.get_chat_member(USER, USER)).status == "member"
    assert (await bot.get_user_profile_photos(USER)).total_count == 0


async def take_money(bot, person):
    price = [types.LabeledPrice(label="A month", amount=150)]
    bill = {"title": "A month", "description": "d", "payload": "p", "currency": "XTR", "prices": price}
    sent = await bot.send_invoice(USER, **bill)
    assert sent.invoice.total_amount == 150 and sent.reply_markup.inline_keyboard[0][0].pay

    async def pay(which):
        paying = asyncio.create_task(asyncio.to_thread(person.does, "payments", which))
        while not (queries := [update.pre_checkout_query for update in await updates(bot)]):
            await asyncio.sleep(0.02)
        await bot.answer_pre_checkout_query(queries[0].id, ok=True)
        await paying
        return (await updates(bot))[0].message.successful_payment

    once = await pay({"message_id": sent.message_id})
    link = await bot.create_invoice_link(**bill, subscription_period=2592000)
    monthly = await pay({"invoice": link})
    assert monthly.is_first_recurring and monthly.subscription_expiration_date
    for event in ["renew", "cancel", "resume"]:
        person.does("subscriptions", {"telegram_payment_charge_id": monthly.telegram_payment_charge_id, "event": event})
    got = await updates(bot)
    assert got[0].message.successful_payment.is_recurring
    assert [update.subscription.state for update in got[1:]] == ["canceled", "active"]
    assert await bot.edit_user_star_subscription(USER, monthly.telegram_payment_charge_id, True)
    assert await bot.refund_star_payment(USER, once.telegram_payment_charge_id)
    assert (await updates(bot))[0].message.refunded_payment
    assert len((await bot.get_star_transactions()).transactions) == 4
    assert (await bot.get_my_star_balance()).amount == 300


async def be_refused(bot, person):
    person.does("membership", {"status": "kicked"})
    for expected, call in [
        (TelegramForbiddenError, bot.send_message(USER, "?")),
        (TelegramMigrateToChat, bot.send_message(-77, "?")),
        (TelegramNotFound, bot.send_dice(USER)),
    ]:
        try:
            await call
        except expected:
            continue
        raise AssertionError(f"not {expected}")


async def main(sandbox):
    session = AiohttpSession(api=TelegramAPIServer.from_base(f"{sandbox}/telegram"))
    bot, person = Bot(TOKEN, session=session), Person(sandbox, TOKEN, USER)
    assert (await bot.get_me()).is_bot
    await hear_everything(bot, person)
    await send_everything(bot, person)
    await show_itself(bot)
    await take_money(bot, person)
    await be_refused(bot, person)
    await session.close()


asyncio.run(main(sys.argv[1]))
