# Layout of an aim-base image. Lines of the form @name@ are filled in by `aimctl build-base`.
@base@
@labels@
@env@
@files@
@workdir@
@user@
@entrypoint@
