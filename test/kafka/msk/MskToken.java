import java.util.List;
import java.util.Map;
import javax.security.auth.callback.Callback;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.AppConfigurationEntry.LoginModuleControlFlag;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerTokenCallback;
import software.amazon.msk.auth.iam.IAMOAuthBearerLoginCallbackHandler;

/** Prints a token of AWS's own Java signer, as a Kafka client gets it. Key and region come from the environment. */
public final class MskToken {
    private MskToken() {}

    public static void main(String[] arguments) throws Exception {
        String module = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule";
        var entry = new AppConfigurationEntry(module, LoginModuleControlFlag.REQUIRED, Map.of());
        var handler = new IAMOAuthBearerLoginCallbackHandler();
        handler.configure(Map.of(), "OAUTHBEARER", List.of(entry));
        var callback = new OAuthBearerTokenCallback();
        handler.handle(new Callback[] {callback});
        System.out.println(callback.token().value());
        handler.close();
    }
}
