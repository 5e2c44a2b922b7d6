"""Keeps people logged in while their stored hash is wrapped.

A session carries a stamp of the stored hash, so that a changed password ends it. Each batch is
announced to the session guard before it is written, exactly as the upgrade at a login is; the
records accept both hashes until the batch is known to be written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from hardening.passwords.deferred import as_text

if TYPE_CHECKING:
    from sqlalchemy import Column, Engine

    from hardening.passwords.upgrade import Restamp
    from hardening.rehash.target import Change, Key


class LiveSessions:
    """The sessions of the users of one model.

    Args:
        engine: where the users are.
        model: their mapped class, whose ``get_id`` names them.
        key: columns that the target's key is, in its order.
        restamp: of the session guard.
    """

    def __init__(
        self, engine: Engine, model: type, key: Sequence[Column[Any]], restamp: Restamp
    ) -> None:
        self._engine = engine
        self._model = model
        self._key = key
        self._restamp = restamp

    def before(self, changes: list[Change]) -> Callable[[], None]:
        """Let the sessions of these users go on with either hash.

        Returns:
            What to call once all the new hashes are written for certain.

        Raises:
            StoreError: the store cannot be asked or written; what is returned may raise it too.
            SQLAlchemyError: the users cannot be read.
        """
        names = self._names([change.key for change in changes])
        due = [
            (names[change.key], as_text(change.old) or "", as_text(change.new) or "")
            for change in changes
            if change.key in names
        ]
        for user_id, old, new in due:
            self._restamp.prepare(user_id, old, new)

        def settle() -> None:
            for user_id, old, new in due:
                self._restamp.finish(user_id, old, new, written=True)

        return settle

    def _names(self, keys: list[Key]) -> dict[Key, str]:
        """Return what Flask-Login calls the users of these keys."""
        from sqlalchemy import and_, bindparam, or_, select, type_coerce
        from sqlalchemy.orm import Session, lazyload
        from sqlalchemy.types import NullType

        # Keys as the driver has them, as in `Target`: the model's types may convert them.
        raw = [type_coerce(column, NullType()) for column in self._key]
        ours = [
            and_(
                *(
                    r == bindparam(None, part, type_=NullType())
                    for r, part in zip(raw, key, strict=True)
                )
            )
            for key in keys
        ]
        named = [part.label(f"key{number}") for number, part in enumerate(raw)]
        query: Any = select(self._model, *named).where(or_(*ours)).options(lazyload("*"))
        with Session(self._engine) as session:
            return {tuple(row[1:]): str(row[0].get_id()) for row in session.execute(query)}
