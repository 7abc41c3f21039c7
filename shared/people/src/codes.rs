//! The error codes of persons and what they ask for.

kernel::codes! {
    /// A new password that is too short, too long or too easy to guess.
    WEAK_PASSWORD = "E112" WeakPassword [400] {
        en: "Please choose a stronger password: 8 characters or more, hard to guess.",
        ru: "Выберите пароль посложнее: от 8 символов, который трудно угадать.",
        zh: "请设置更强的密码：至少 8 个字符，且不易被猜到。",
    }
    /// The link of a letter was used, has expired, or a newer one was sent.
    LINK_OVER = "E113" LinkOver [400] {
        en: "This link does not work any more. Please ask for a new one.",
        ru: "Эта ссылка больше не действует. Запросите новую.",
        zh: "此链接已失效，请重新获取。",
    }
    /// Address and password do not belong together; whether the address is known is not told.
    WRONG_CREDENTIALS = "E210" WrongCredentials [401] {
        en: "The address or the password is wrong.",
        ru: "Неверный адрес или пароль.",
        zh: "邮箱或密码不正确。",
    }
    /// The code of a second factor is wrong, was used, or is not good any more.
    WRONG_CODE = "E220" WrongCode [401] {
        en: "The code is wrong or was used already. Please try the next one.",
        ru: "Код неверный или уже использован. Попробуйте следующий.",
        zh: "验证码错误或已被使用，请尝试下一个。",
    }
    /// What changes most asks for a proof of the last ten minutes: `POST /v1/auth/reauthenticate`.
    PROVE_AGAIN = "E221" ProveAgain [403] {
        en: "Please confirm once more that it is you, then try again.",
        ru: "Подтвердите ещё раз, что это вы, и повторите.",
        zh: "请再次验证您的身份，然后重试。",
    }
    /// The organization is open only to sessions that have proved a second factor.
    SECOND_FACTOR_REQUIRED = "E222" SecondFactorRequired [403] {
        en: "This organization asks its members for a second factor. Please set one up, or confirm with it.",
        ru: "Эта организация требует от участников второй фактор. Настройте его или подтвердите вход с ним.",
        zh: "该组织要求成员使用第二验证因素。请先设置，或用它进行验证。",
    }
    /// The person has not agreed to the terms of use and the privacy policy as they are now.
    CONSENT_REQUIRED = "E205" ConsentRequired [403] {
        en: "Please agree to the terms of use and the privacy policy first: press the button in the bot's chat, or use the settings of the app.",
        ru: "Сначала примите условия использования и политику конфиденциальности: нажмите кнопку в чате с ботом или откройте настройки приложения.",
        zh: "请先同意使用条款和隐私政策：点击机器人聊天中的按钮，或在应用设置中同意。",
    }
    /// A copy or a deletion of a person's data was asked for within the last day.
    ONCE_A_DAY = "E305" OnceADay [429] {
        en: "This can be asked for once a day. Please try again later.",
        ru: "Об этом можно попросить один раз в сутки. Попробуйте позже.",
        zh: "此操作每天只能申请一次，请稍后再试。",
    }
    /// More requests wait or stream at once than one person, or one address, may have open.
    TOO_MANY_OPEN = "E306" TooManyOpen [429] {
        en: "Too many connections are open at once. Please close some of them.",
        ru: "Открыто слишком много соединений одновременно. Закройте часть из них.",
        zh: "同时打开的连接过多，请关闭其中一些。",
    }
    /// A key has sent as many requests as its quota has for the day or the month.
    KEY_QUOTA_USED = "E310" KeyQuotaUsed [429] {
        en: "The quota of this API key is used up. It begins again later.",
        ru: "Квота этого ключа API исчерпана. Позже она начнётся заново.",
        zh: "此 API 密钥的配额已用完，稍后会重新计算。",
    }
    /// An organization would be left without an owner.
    NEEDS_OWNER = "E610" NeedsOwner [409] {
        en: "An organization needs an owner: make another member an owner first.",
        ru: "У организации должен быть владелец: сначала назначьте владельцем другого участника.",
        zh: "组织必须有所有者：请先将另一名成员设为所有者。",
    }
    /// An invitation was accepted, declined or revoked, or has expired.
    INVITATION_OVER = "E611" InvitationOver [410] {
        en: "This invitation is no longer valid. Please ask for a new one.",
        ru: "Это приглашение больше не действует. Попросите новое.",
        zh: "此邀请已失效，请索取新的邀请。",
    }
}
