//! The words of the pages that links of letters lead to.

use kernel::Language;
use people::organizations::roles::Role;

/// The words of one page.
pub(super) struct Words {
    pub title: &'static str,
    pub sentence: &'static str,
    pub button: &'static str,
    /// Instead of the button, after it.
    pub done: &'static str,
}

const fn words(
    title: &'static str,
    sentence: &'static str,
    button: &'static str,
    done: &'static str,
) -> Words {
    Words {
        title,
        sentence,
        button,
        done,
    }
}

/// Those of a page.
pub(super) fn of(page: &str, language: Language) -> Words {
    match language {
        Language::En => english(page),
        Language::Ru => russian(page),
        Language::Zh => chinese(page),
    }
}

fn english(page: &str) -> Words {
    match page {
        "verify" => words(
            "Confirm your address",
            "Enter the password that you have signed up with. If you do not know it, choose “Forgot your password?”.",
            "Confirm",
            "The address is confirmed. You can sign in now.",
        ),
        "link-email" => words(
            "Connect this address",
            "Enter the password that you have chosen in Telegram. If this address has an account of its own, sign in to it first.",
            "Connect",
            "The address is connected. You can sign in with it now.",
        ),
        "reset" => words(
            "Choose a new password",
            "All devices will be signed out.",
            "Save",
            "The new password is saved. You can sign in now.",
        ),
        "confirm-email" => words(
            "Change your address",
            "Press the button, and Symancy writes to this address from now on.",
            "Change",
            "The address is changed.",
        ),
        "undo-email" => words(
            "Undo the change of your address",
            "Your old address comes back, all devices are signed out, and the password works no more.",
            "Undo",
            "The old address is back. A letter with a link for a new password is on its way.",
        ),
        "sign-in" => words(
            "Sign in",
            "With your e-mail address.",
            "Sign in",
            "You are signed in.",
        ),
        "sign-up" => words(
            "Sign up",
            "With your e-mail address.",
            "Sign up",
            "A letter is on its way. Open its link, and then sign in.",
        ),
        _ => words(
            "Forgot your password?",
            "A link for a new one comes by e-mail.",
            "Send",
            "If there is an account with this address, a letter is on its way.",
        ),
    }
}

fn russian(page: &str) -> Words {
    match page {
        "verify" => words(
            "Подтвердите адрес",
            "Введите пароль, который вы указали при регистрации. Если вы его не знаете, нажмите «Забыли пароль?».",
            "Подтвердить",
            "Адрес подтверждён. Теперь можно войти.",
        ),
        "link-email" => words(
            "Подключение адреса",
            "Введите пароль, который вы выбрали в Telegram. Если у этого адреса есть свой аккаунт, сначала войдите в него.",
            "Подключить",
            "Адрес подключён. Теперь можно войти с ним.",
        ),
        "reset" => words(
            "Новый пароль",
            "На всех устройствах будет выполнен выход.",
            "Сохранить",
            "Новый пароль сохранён. Теперь можно войти.",
        ),
        "confirm-email" => words(
            "Смена адреса",
            "Нажмите кнопку, и письма будут приходить на этот адрес.",
            "Сменить",
            "Адрес изменён.",
        ),
        "undo-email" => words(
            "Отмена смены адреса",
            "Вернётся прежний адрес, на всех устройствах будет выполнен выход, а пароль перестанет действовать.",
            "Отменить",
            "Прежний адрес возвращён. Письмо со ссылкой для нового пароля уже в пути.",
        ),
        "sign-in" => words("Вход", "По адресу электронной почты.", "Войти", "Вы вошли."),
        "sign-up" => words(
            "Регистрация",
            "По адресу электронной почты.",
            "Зарегистрироваться",
            "Письмо уже в пути. Откройте ссылку из него, а затем войдите.",
        ),
        _ => words(
            "Забыли пароль?",
            "Ссылка для нового пароля придёт по почте.",
            "Отправить",
            "Если с этим адресом есть аккаунт, письмо уже в пути.",
        ),
    }
}

fn chinese(page: &str) -> Words {
    match page {
        "verify" => words(
            "确认邮箱",
            "请输入注册时设置的密码。如果您不知道密码，请选择“忘记密码？”。",
            "确认",
            "邮箱已确认，现在可以登录。",
        ),
        "link-email" => words(
            "关联此邮箱",
            "请输入您在 Telegram 中设置的密码。如果此邮箱已有自己的账户，请先登录该账户。",
            "关联",
            "邮箱已关联，现在可以用它登录。",
        ),
        "reset" => words(
            "设置新密码",
            "所有设备都将退出登录。",
            "保存",
            "新密码已保存，现在可以登录。",
        ),
        "confirm-email" => words(
            "更换邮箱",
            "点击按钮后，邮件将发送到此邮箱。",
            "更换",
            "邮箱已更换。",
        ),
        "undo-email" => words(
            "撤销更换邮箱",
            "将恢复原邮箱，所有设备退出登录，当前密码失效。",
            "撤销",
            "原邮箱已恢复，设置新密码的邮件正在发送。",
        ),
        "sign-in" => words("登录", "使用您的邮箱。", "登录", "您已登录。"),
        "sign-up" => words(
            "注册",
            "使用您的邮箱。",
            "注册",
            "邮件正在发送。请打开其中的链接，然后登录。",
        ),
        _ => words(
            "忘记密码？",
            "设置新密码的链接将发送到邮箱。",
            "发送",
            "如果此邮箱有账户，邮件正在发送。",
        ),
    }
}

/// The words of the page of an invitation.
pub(super) struct InvitationWords {
    pub title: &'static str,
    /// With `{organization}` and `{role}`.
    pub sentence: &'static str,
    pub accept: &'static str,
    pub decline: &'static str,
    pub accepted: &'static str,
    pub declined: &'static str,
    pub signed_out: &'static str,
}

pub(super) fn invitation(language: Language) -> InvitationWords {
    match language {
        Language::En => InvitationWords {
            title: "An invitation",
            sentence: "You are invited to the organization “{organization}” as: {role}.",
            accept: "Accept",
            decline: "Decline",
            accepted: "You are a member now.",
            declined: "The invitation is declined.",
            signed_out: "Sign in to answer. If you have no account, sign up with the address that the letter came to, and \
                         then open the invitation again.",
        },
        Language::Ru => InvitationWords {
            title: "Приглашение",
            sentence: "Вас приглашают в организацию «{organization}». Роль: {role}.",
            accept: "Принять",
            decline: "Отклонить",
            accepted: "Теперь вы участник организации.",
            declined: "Приглашение отклонено.",
            signed_out: "Войдите, чтобы ответить. Если у вас нет аккаунта, зарегистрируйтесь с адресом, на который пришло \
                         письмо, и откройте приглашение ещё раз.",
        },
        Language::Zh => InvitationWords {
            title: "邀请",
            sentence: "您被邀请加入组织“{organization}”，角色：{role}。",
            accept: "接受",
            decline: "拒绝",
            accepted: "您现在是成员。",
            declined: "邀请已拒绝。",
            signed_out: "请登录后回复。如果您还没有账户，请使用收到邮件的邮箱注册，然后再次打开邀请。",
        },
    }
}

/// The roles of members, by name.
pub(super) fn roles(language: Language) -> [(&'static str, &'static str); 5] {
    let names = match language {
        Language::En => ["owner", "admin", "billing", "member", "viewer"],
        Language::Ru => [
            "владелец",
            "администратор",
            "бухгалтер",
            "участник",
            "наблюдатель",
        ],
        Language::Zh => ["所有者", "管理员", "财务", "成员", "查看者"],
    };
    let mut roles = names.map(|name| ("", name));
    for (role, known) in roles.iter_mut().zip(Role::ALL) {
        role.0 = known.as_str();
    }
    roles
}

pub(super) fn email(language: Language) -> &'static str {
    match language {
        Language::En => "E-mail",
        Language::Ru => "Электронная почта",
        Language::Zh => "邮箱",
    }
}

pub(super) fn password(language: Language) -> &'static str {
    match language {
        Language::En => "Password",
        Language::Ru => "Пароль",
        Language::Zh => "密码",
    }
}

pub(super) fn new_password(language: Language) -> &'static str {
    match language {
        Language::En => "New password: 8 characters or more, hard to guess",
        Language::Ru => "Новый пароль: от 8 символов, который трудно угадать",
        Language::Zh => "新密码：至少 8 个字符，不易被猜到",
    }
}

pub(super) fn second_code(language: Language) -> &'static str {
    match language {
        Language::En => "The code of your app, or a recovery code",
        Language::Ru => "Код из приложения или код восстановления",
        Language::Zh => "应用中的验证码，或恢复码",
    }
}

pub(super) fn failed(language: Language) -> &'static str {
    match language {
        Language::En => "That did not work. Please try again.",
        Language::Ru => "Не получилось. Попробуйте ещё раз.",
        Language::Zh => "操作失败，请重试。",
    }
}
