// sessions user: what support and fraud desks do for and about one user.
using System.CommandLine;

namespace BankEzy.Sessions.Cli.Users;

/// <summary>The commands about one user.</summary>
internal static class UserCommands
{
    public static Command Command(CommonOptions common) => new("user", "Looks at a user, and ends and locks what is theirs")
    {
        FindUser.Command(common),
        ShowUser.Command(common),
        SignOutUser.Command(common),
        LockUser.Lock(common),
        LockUser.Release(common),
        ShowTimeline.Command(common),
        ExportUser.Command(common),
    };
}
