"use strict";
// What Telegram's apps say around a chat, in the language of the person.

const WORDS = {
  en: {
    what: "What can this bot do?", start: "Start", restart: "Restart bot", block: "Stop and block bot",
    message: "Message", menu: "Menu", edited: "edited", typing: "typing…", thinking: "Thinking…",
    media: "Photo or video", file: "File", sticker: "Sticker", voice: "Voice message",
    video_note: "Video message", location: "Location", contact: "Contact", sample: "Sample cup",
    reply: "Reply", edit: "Edit", copy: "Copy text", copied: "Copied", forwarded: "Forwarded from",
    pay: "Pay", paid: "Paid", cancel: "Cancel", send: "Send", caption: "Caption", gone: "Deleted message",
    stop: "Stop", photo: "Photo", video: "Video", album: "Album", invoice: "Invoice", bot: "bot",
    commands: "Commands", asFile: "as a file, not re-encoded",
    miniApp: "mini app", close: "Close", back: "Back", settings: "Settings", reload: "Reload Page",
    minimise: "Minimise", unsaved: "Changes that you made may not be saved.", closeAnyway: "Close anyway",
    stay: "Stay", ok: "OK", share: "Share", sent: "Sent", story: "New story", post: "Post",
    posted: "Posted", download: "Download", mayWrite: "Allow the bot to send you messages?",
    allow: "Allow", via: "via",
  },
  ru: {
    what: "Что умеет этот бот?", start: "Запустить", restart: "Перезапустить бота", block: "Остановить и заблокировать",
    message: "Сообщение", menu: "Меню", edited: "изменено", typing: "печатает…", thinking: "Думает…",
    media: "Фото или видео", file: "Файл", sticker: "Стикер", voice: "Голосовое сообщение",
    video_note: "Видеосообщение", location: "Геопозиция", contact: "Контакт", sample: "Чашка для пробы",
    reply: "Ответить", edit: "Изменить", copy: "Копировать текст", copied: "Скопировано", forwarded: "Переслано от",
    pay: "Заплатить", paid: "Оплачено", cancel: "Отмена", send: "Отправить", caption: "Подпись", gone: "Удалённое сообщение",
    stop: "Остановить", photo: "Фото", video: "Видео", album: "Альбом", invoice: "Счёт", bot: "бот",
    commands: "Команды", asFile: "файлом, без сжатия",
    miniApp: "мини-приложение", close: "Закрыть", back: "Назад", settings: "Настройки",
    reload: "Обновить страницу", minimise: "Свернуть",
    unsaved: "Внесённые изменения могут не сохраниться.", closeAnyway: "Всё равно закрыть",
    stay: "Остаться", ok: "OK", share: "Поделиться", sent: "Отправлено", story: "Новая история",
    post: "Опубликовать", posted: "Опубликовано", download: "Скачать",
    mayWrite: "Разрешить боту присылать вам сообщения?", allow: "Разрешить", via: "через",
  },
  zh: {
    what: "这个机器人能做什么？", start: "开始", restart: "重新启动机器人", block: "停止并屏蔽机器人",
    message: "消息", menu: "菜单", edited: "已编辑", typing: "正在输入…", thinking: "正在思考…",
    media: "照片或视频", file: "文件", sticker: "贴纸", voice: "语音消息",
    video_note: "视频消息", location: "位置", contact: "联系人", sample: "示例杯子",
    reply: "回复", edit: "编辑", copy: "复制文本", copied: "已复制", forwarded: "转发自",
    pay: "支付", paid: "已支付", cancel: "取消", send: "发送", caption: "说明", gone: "已删除的消息",
    stop: "停止", photo: "照片", video: "视频", album: "相册", invoice: "账单", bot: "机器人",
    commands: "命令", asFile: "以文件发送，不压缩",
    miniApp: "小程序", close: "关闭", back: "返回", settings: "设置", reload: "重新加载", minimise: "最小化",
    unsaved: "您所做的更改可能不会被保存。", closeAnyway: "仍然关闭", stay: "留在此处", ok: "好", share: "分享", sent: "已发送",
    story: "新动态", post: "发布", posted: "已发布", download: "下载", mayWrite: "允许该机器人向您发送消息吗？", allow: "允许",
    via: "通过",
  },
};
const word = (name) => (WORDS[person.language_code] || WORDS.en)[name];

// Texts of the document that follow the language carry the name of their word.
function translate() {
  document.documentElement.lang = person.language_code;
  document.querySelectorAll("[data-word]").forEach((node) => { node.textContent = word(node.dataset.word); });
  document.querySelectorAll("[data-placeholder]").forEach((node) => {
    node.placeholder = word(node.dataset.placeholder);
    node.ariaLabel = node.placeholder;
  });
}
