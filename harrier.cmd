@echo off
rem Runs Harrier from this checkout on Windows: builds when needed, then starts the program.
setlocal
set "root=%~dp0"
where dotnet >nul 2>nul || goto missing
dotnet --list-sdks | findstr /b "10." >nul || goto missing
if not exist "%root%artifacts\bin\Harrier.Cli\release\harrier.exe" echo harrier: building (the first time takes about a minute) ... 1>&2
dotnet build "%root%src\Harrier.Cli\Harrier.Cli.csproj" -c Release --nologo -v quiet 1>&2 || exit /b 4
"%root%artifacts\bin\Harrier.Cli\release\harrier.exe" %*
exit /b %errorlevel%
:missing
echo harrier: the .NET 10 SDK is missing: it builds Harrier from this checkout. 1>&2
echo          Get it from https://dotnet.microsoft.com/download/dotnet/10.0 1>&2
exit /b 4
