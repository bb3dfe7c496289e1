# Layout of a model's image on top of aim-base. Lines of the form @name@ are filled in by `aimctl build-model`.
@base@
@labels@
@env@
@files@
