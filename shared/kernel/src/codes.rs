//! The error codes that any feature can return. A feature declares its own in its `codes.rs`.

crate::codes! {
    MISSING_REQUIRED_FIELD = "E104" MissingRequiredField [400] {
        en: "Required field is missing.",
        ru: "Не хватает обязательного поля.",
        zh: "缺少必填字段。",
    }
    /// A field without a code of its own has an invalid value.
    INVALID_FIELD = "E105" InvalidField [400] {
        en: "A field has a value that cannot be used.",
        ru: "У одного из полей недопустимое значение.",
        zh: "某个字段的值无效。",
    }
    /// The media type of the body is not supported.
    UNSUPPORTED_MEDIA_TYPE = "E106" UnsupportedMediaType [415] {
        en: "The request body has an unsupported type.",
        ru: "Тип тела запроса не поддерживается.",
        zh: "不支持该请求体类型。",
    }
    /// The body exceeds the maximum size.
    PAYLOAD_TOO_LARGE = "E107" PayloadTooLarge [413] {
        en: "The request is too large.",
        ru: "Запрос слишком большой.",
        zh: "请求内容过大。",
    }
    /// The request did not arrive in time.
    REQUEST_TIMEOUT = "E108" RequestTimeout [408] {
        en: "The request took too long to arrive. Please try again.",
        ru: "Запрос передавался слишком долго. Попробуйте ещё раз.",
        zh: "请求传输时间过长，请重试。",
    }
    UNAUTHORIZED = "E201" Unauthorized [401] {
        en: "Authentication required.",
        ru: "Требуется вход.",
        zh: "需要身份验证。",
    }
    INVALID_TOKEN = "E202" InvalidToken [401] {
        en: "Invalid authentication token.",
        ru: "Не удалось подтвердить вход.",
        zh: "身份验证令牌无效。",
    }
    TOKEN_EXPIRED = "E203" TokenExpired [401] {
        en: "Authentication token has expired.",
        ru: "Время входа истекло. Откройте приложение заново.",
        zh: "身份验证令牌已过期。",
    }
    /// The caller is authenticated, but not allowed to do this.
    FORBIDDEN = "E204" Forbidden [403] {
        en: "This is not allowed.",
        ru: "Это действие не разрешено.",
        zh: "不允许此操作。",
    }
    /// The design document's "E429".
    RATE_LIMITED = "E304" RateLimited [429] {
        en: "Too many requests. Please wait a little.",
        ru: "Слишком много запросов. Подождите немного.",
        zh: "请求过于频繁，请稍候。",
    }
    NOT_FOUND = "E601" NotFound [404] {
        en: "Not found.",
        ru: "Не найдено.",
        zh: "未找到。",
    }
    CONFLICT = "E602" Conflict [409] {
        en: "This contradicts what is already there.",
        ru: "Это противоречит уже существующему.",
        zh: "与现有数据冲突。",
    }
    METHOD_NOT_ALLOWED = "E603" MethodNotAllowed [405] {
        en: "This method is not allowed here.",
        ru: "Этот метод здесь не поддерживается.",
        zh: "此处不允许该方法。",
    }
    /// The Idempotency-Key was used for another request.
    IDEMPOTENCY_MISMATCH = "E604" IdempotencyMismatch [422] {
        en: "This Idempotency-Key was used for another request.",
        ru: "Этот Idempotency-Key уже использован для другого запроса.",
        zh: "此 Idempotency-Key 已用于其他请求。",
    }
    /// A request with this Idempotency-Key is still being processed.
    REQUEST_IN_PROGRESS = "E605" RequestInProgress [409] {
        en: "The same request is still being processed. Please wait a moment.",
        ru: "Этот запрос ещё выполняется. Подождите немного.",
        zh: "相同的请求仍在处理中，请稍候。",
    }
    INTERNAL_SERVER_ERROR = "E900" InternalServerError [500] {
        en: "Internal server error. Please try again later.",
        ru: "Внутренняя ошибка. Попробуйте позже.",
        zh: "服务器内部错误，请稍后再试。",
    }
    DATABASE_ERROR = "E901" DatabaseError [500, 503] {
        en: "Database error. Please try again.",
        ru: "Ошибка базы данных. Попробуйте ещё раз.",
        zh: "数据库错误，请重试。",
    }
    /// The workers of a job were lost until no attempt was left.
    QUEUE_ERROR = "E902" QueueError [] {
        en: "Queue processing error.",
        ru: "Ошибка очереди.",
        zh: "队列处理错误。",
    }
    /// An operator cancelled the job.
    CANCELLED = "E905" Cancelled [] {
        en: "This was stopped by our team. Please send your photo again.",
        ru: "Обработка остановлена нашей командой. Пришлите фото ещё раз.",
        zh: "已被我们的团队停止，请重新发送照片。",
    }
}
