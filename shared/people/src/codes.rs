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
    /// A new password that is on a list of leaked ones.
    LEAKED_PASSWORD = "E115" LeakedPassword [400] {
        en: "This password has appeared in a data leak, so attackers try it first. Please choose another one, and change it wherever you use it.",
        ru: "Этот пароль уже попадал в утечки данных, и злоумышленники пробуют такие первыми. Выберите другой и смените этот везде, где вы им пользуетесь.",
        zh: "此密码曾出现在数据泄露中，攻击者会最先尝试它。请换一个密码，并在其他使用它的地方一并更换。",
    }
    /// The password is not the one that an account was asked for with, whose link was opened.
    OTHER_REGISTRATION = "E114" OtherRegistration [401] {
        en: "This is not the password that the account was asked for with. If somebody else has asked for it, choose “Forgot your password?”: the account becomes yours, with a password of your own.",
        ru: "Это не тот пароль, с которым запросили аккаунт. Если его запросили не вы, нажмите «Забыли пароль?»: аккаунт станет вашим, с вашим собственным паролем.",
        zh: "这不是申请账户时使用的密码。如果不是您本人申请的，请选择“忘记密码？”：账户将归您所有，并使用您自己的密码。",
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
    /// A passkey does not prove the person: another one, for another page, with an old challenge; which of these is not told.
    WRONG_PASSKEY = "E223" WrongPasskey [401] {
        en: "The passkey was not accepted. Please try again, or sign in another way.",
        ru: "Ключ доступа не принят. Попробуйте ещё раз или войдите другим способом.",
        zh: "通行密钥未被接受，请重试，或使用其他方式登录。",
    }
    /// The person has not agreed to the terms of use and the privacy policy as they are now.
    CONSENT_REQUIRED = "E205" ConsentRequired [403] {
        en: "Please agree to the terms of use and the privacy policy first: press the button in the bot's chat, or use the settings of the app.",
        ru: "Сначала примите условия использования и политику конфиденциальности: нажмите кнопку в чате с ботом или откройте настройки приложения.",
        zh: "请先同意使用条款和隐私政策：点击机器人聊天中的按钮，或在应用设置中同意。",
    }
    /// The account is suspended; `details.until` says how long (`null`: until an operator takes it back).
    SUSPENDED = "E215" Suspended [403] {
        en: "This account is suspended. A copy of its data, or their deletion, can still be asked for.",
        ru: "Этот аккаунт заблокирован. По-прежнему можно запросить копию своих данных или их удаление.",
        zh: "此账号已被停用。您仍可以申请获取数据副本或删除数据。",
    }
    /// A link connects an address of another account with this one, and its owner is not signed in.
    SIGN_IN_THERE = "E218" SignInThere [403] {
        en: "This address has an account of its own. Please sign in to it here first, and then open the link again.",
        ru: "У этого адреса есть свой аккаунт. Сначала войдите в него здесь, а затем откройте ссылку ещё раз.",
        zh: "此邮箱已有自己的账户。请先在此登录该账户，然后重新打开链接。",
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
    /// A way in belongs to another account, which has something of its own.
    OTHER_PERSON = "E620" OtherPerson [409] {
        en: "The other account has something of its own: readings, a plan, keys or an organization. So the two are not joined. Delete the other account, and then connect again.",
        ru: "У другого аккаунта есть своё: чтения, тариф, ключи или организация. Поэтому аккаунты не объединены. Удалите другой аккаунт и подключите ещё раз.",
        zh: "另一个账户有自己的内容：解读、套餐、密钥或组织，因此无法合并。请先删除另一个账户，然后重新关联。",
    }
    /// The only way in cannot be given up.
    LAST_WAY_IN = "E621" LastWayIn [409] {
        en: "This is the only way into your account. Please connect another one first.",
        ru: "Это единственный способ входа в ваш аккаунт. Сначала подключите другой.",
        zh: "这是您账户唯一的登录方式，请先关联其他方式。",
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
