//! The error codes of the bot.

kernel::codes! {
    /// As many requests to the operators as a person may have are open.
    TOO_MANY_REQUESTS_OPEN = "E307" TooManyRequestsOpen [409] {
        en: "We still have open requests of yours and will answer them in the chat with the bot. You can write the next one then.",
        ru: "У нас уже есть ваши обращения без ответа, и мы ответим на них в чате с ботом. После этого можно написать ещё.",
        zh: "您还有未答复的请求，我们会在机器人聊天中回复，之后您可以再写新的。",
    }
}
