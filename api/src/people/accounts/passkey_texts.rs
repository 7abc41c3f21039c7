//! The words of the page of passkeys, and of the button that signs in by one.

use kernel::Language;

pub(super) struct PasskeyWords {
    pub title: &'static str,
    pub sentence: &'static str,
    /// Of the button on the page of a sign-in.
    pub sign_in: &'static str,
    pub none: &'static str,
    /// Before a date, both.
    pub added_at: &'static str,
    pub used_at: &'static str,
    pub name: &'static str,
    pub add: &'static str,
    pub remove: &'static str,
    pub added: &'static str,
    pub removed: &'static str,
    /// The device has one for this account.
    pub known: &'static str,
    /// The browser has none, or not at this address.
    pub unknown: &'static str,
    /// Before what has to be proved anew.
    pub prove: &'static str,
    pub confirm: &'static str,
    pub by_passkey: &'static str,
    /// Before recovery codes.
    pub codes: &'static str,
    pub signed_out: &'static str,
}

/// Those of a language.
pub(super) fn of(language: Language) -> PasskeyWords {
    match language {
        Language::En => PasskeyWords {
            title: "Your passkeys",
            sentence: "A passkey signs you in with your finger, your face or the PIN of your device, without a password.",
            sign_in: "Sign in with a passkey",
            none: "There is none yet.",
            added_at: "Added",
            used_at: "Last used",
            name: "A name, to know it by",
            add: "Add a passkey",
            remove: "Remove",
            added: "The passkey is added.",
            removed: "The passkey is removed.",
            known: "This device has a passkey for your account already.",
            unknown: "This browser offers no passkeys here.",
            prove: "Please confirm that it is you.",
            confirm: "Confirm",
            by_passkey: "Confirm with a passkey",
            codes: "Keep these recovery codes in a safe place. Each works once, should you lose your passkey. They are \
                    shown only now.",
            signed_out: "Sign in to see your passkeys.",
        },
        Language::Ru => PasskeyWords {
            title: "Ваши ключи доступа",
            sentence: "С ключом доступа вы входите по отпечатку пальца, лицу или PIN-коду устройства, без пароля.",
            sign_in: "Войти с ключом доступа",
            none: "Пока нет ни одного.",
            added_at: "Добавлен",
            used_at: "Использован",
            name: "Название, чтобы узнать его",
            add: "Добавить ключ доступа",
            remove: "Удалить",
            added: "Ключ доступа добавлен.",
            removed: "Ключ доступа удалён.",
            known: "На этом устройстве уже есть ключ доступа для вашей учётной записи.",
            unknown: "Этот браузер не предлагает здесь ключи доступа.",
            prove: "Подтвердите, что это вы.",
            confirm: "Подтвердить",
            by_passkey: "Подтвердить ключом доступа",
            codes: "Сохраните эти коды восстановления в надёжном месте. Каждый действует один раз, если вы потеряете ключ \
                    доступа. Больше они показаны не будут.",
            signed_out: "Войдите, чтобы увидеть свои ключи доступа.",
        },
        Language::Zh => PasskeyWords {
            title: "您的通行密钥",
            sentence: "使用通行密钥，您可以通过指纹、面容或设备 PIN 码登录，无需密码。",
            sign_in: "使用通行密钥登录",
            none: "暂无通行密钥。",
            added_at: "添加时间",
            used_at: "上次使用",
            name: "名称，便于识别",
            add: "添加通行密钥",
            remove: "删除",
            added: "通行密钥已添加。",
            removed: "通行密钥已删除。",
            known: "此设备上已有您账户的通行密钥。",
            unknown: "此浏览器在此处不支持通行密钥。",
            prove: "请验证您的身份。",
            confirm: "验证",
            by_passkey: "使用通行密钥验证",
            codes: "请将这些恢复码保存在安全的地方。如果您丢失通行密钥，每个恢复码可使用一次。它们只显示这一次。",
            signed_out: "请登录以查看您的通行密钥。",
        },
    }
}
