"""Whether a view says that it is there to change something: by its names, addresses or methods.

What a page changes on the way, such as a counter or a row that is made when it is first shown,
and what visitors leave on a page, such as a comment or a request, have names that say no such
thing.
"""

from __future__ import annotations

from collections.abc import Iterable

from checks.lazy import lazy
from checks.naming import snaked
from checks.project.routes import View

__all__ = ["says_that_it_changes"]

_VERBS = lazy(
    r"(?:^|[^a-z])(?:add|create|insert|new|make|put|patch|write|update|edit|modify|change|set|save|"
    r"replace|rename|move|copy|clone|duplicate|merge|import|upload|del|delete|remove|erase|destroy|"
    r"drop|discard|clear|clean|purge|wipe|flush|truncate|reset|restore|backup|rollback|migrate|sync|"
    r"refresh|reload|rebuild|reindex|enable|disable|activate|deactivate|reactivate|suspend|resume|"
    r"toggle|switch|lock|block|unblock|ban|unban|mute|unmute|kick|hide|unhide|approve|reject|accept|"
    r"decline|dismiss|cancel|close|reopen|archive|unarchive|publish|unpublish|promote|demote|grant|"
    r"assign|unassign|transfer|unlink|bind|unbind|mark|unmark|untag|unpin|start|stop|restart|"
    r"shut_?down|reboot|kill|terminate|run|exec|execute|trigger|launch|deploy|generate|regenerate|"
    r"rotate|renew|config|configure|configuration|settings?|install|uninstall|revert|undo|redo|"
    r"finish|complete|finali[sz]e|reorder|pay_?out|withdraw|"
    r"eliminar|borrar|quitar|crear|agregar|anadir|editar|actualizar|modificar|guardar|cambiar|"
    r"nuev[oa]|recuperar|cancelar|activar|desactivar|excluir|criar|adicionar|inserir|alterar|"
    r"atualizar|salvar|remover|apagar|cadastrar|supprimer|ajouter|creer|modifier|enregistrer|"
    r"desactiver|activer|annuler|valider|loeschen|anlegen|speichern|bearbeiten|aendern|"
    r"elimina|crea|aggiungi|modifica|salva|cancella|inserisci|aggiorna|sil|ekle|duzenle|"
    r"guncelle|kaydet|hapus|tambah|simpan|ubah|usun|dodaj|edytuj|zapisz)(?:$|[^a-z])"
)
# The same in one word, ``deletepost`` or ``varimport``.
_JOINED = lazy(
    r"(?:^|[^a-z])(?:delete|remove|destroy|erase|create|update|insert|modify|disable|deactivate|"
    r"suspend|approve|reject|add(?!ress|itional|on|end)|edit(?!or|ion)|save(?!d)|upload|import(?!an))"
    r"(?!(?:l?ed|l?ing|d|s|rs?|able|lations?)(?:[^a-z]|$))[a-z]{3}|"
    r"[a-z]{2}(?:delete|remove|create|update|insert|upload|import)(?:$|[^a-z])"
)
_VARIABLE = lazy(r"<[^>]*>")
_CHANGING = frozenset({"PUT", "PATCH", "DELETE"})
_API = lazy(r"(?:^|/)(?:api|rest|v\d)(?:/|$)")


def says_that_it_changes(view: View, asked: Iterable[View] = ()) -> bool:
    """Return whether names, addresses or methods of `view` say that it changes something.

    Args:
        view: what changes something.
        asked: views that nobody gets into without a login: what is sent where they are about the
            same, ``POST /orders`` beside ``GET /orders/<n>``, is no visitor's.
    """
    if view.methods & _CHANGING:
        return True
    rules = [_VARIABLE.sub("", rule or "") for rule in view.rules]
    only_post = "GET" not in view.methods
    if only_post and (view.cls is not None or any(_API.search(rule) for rule in rules)):
        return True  # a resource is created
    if only_post and not _about(view).isdisjoint(word for other in asked for word in _about(other)):
        return True
    cls = (view.cls.name,) if view.cls is not None else ()
    said = " ".join(snaked(word) for word in (view.function.name, view.endpoint, *cls, *rules))
    words = said.lower()
    return _VERBS.search(words) is not None or _JOINED.search(words) is not None


def _about(view: View) -> set[str]:
    """Return what the addresses of `view` begin with: ``orders`` of ``/orders/<n>/delete``."""
    firsts = ((rule or "").strip("/").partition("/")[0] for rule in view.rules)
    return {first for first in firsts if first and "<" not in first}
