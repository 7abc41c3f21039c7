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
