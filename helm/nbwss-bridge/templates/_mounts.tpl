{{/* What is mounted. */}}

{{/* The Secret with the endpoint's certificate: the user's, cert-manager's, or none. */}}
{{- define "nbwss-bridge.tlsSecret" -}}
{{- if .Values.certManager.enabled -}}
{{- include "nbwss-bridge.fullname" . }}-tls
{{- else -}}
{{- .Values.tls.existingSecret -}}
{{- end -}}
{{- end -}}

{{/* The Secret with the token of the probe. */}}
{{- define "nbwss-bridge.probeSecret" -}}
{{- .Values.test.token.existingSecret | default .Values.tokens.existingSecret -}}
{{- end -}}

{{/* The user that Strimzi makes, and "true" where its Secret is in reach of the pods. */}}
{{- define "nbwss-bridge.strimziUser" -}}
{{- include "nbwss-bridge.fullname" . -}}
{{- end -}}
{{- define "nbwss-bridge.mountsStrimziUser" -}}
{{- $strimzi := .Values.strimzi -}}
{{- if and $strimzi.enabled $strimzi.user.enabled (eq ($strimzi.namespace | default .Release.Namespace) .Release.Namespace) -}}true{{- end -}}
{{- end -}}

{{/*
Everything that is mounted from a reference, as a JSON list of
{name, value, secret | configMap, files: {<file>: <key>} | all keys, settings: {<setting>: <file>}}.
The volume is called as the mount is, and mounted at /etc/nbwss-bridge/<name>. Files have the same names whatever the keys are called.
*/}}
{{- define "nbwss-bridge.mounts" -}}
{{- $values := .Values -}}
{{- $user := include "nbwss-bridge.strimziUser" . -}}
{{- $kafkaClient := $values.kafka.clientCertificate -}}
{{- $kafkaPassword := $values.kafka.password -}}
{{- if include "nbwss-bridge.mountsStrimziUser" . -}}
{{- if eq $values.strimzi.user.authentication "tls" -}}
{{- $kafkaClient = dict "existingSecret" $user "certificateKey" "user.crt" "privateKeyKey" "user.key" -}}
{{- else -}}
{{- $kafkaPassword = dict "existingSecret" $user "key" "password" -}}
{{- end -}}
{{- end -}}
{{- $tls := dict "existingSecret" (include "nbwss-bridge.tlsSecret" .) "certificateKey" $values.tls.certificateKey "privateKeyKey" $values.tls.privateKeyKey -}}
{{- if $values.certManager.enabled -}}
{{- $tls = merge (dict "certificateKey" "tls.crt" "privateKeyKey" "tls.key") $tls -}}
{{- end -}}
{{- $references := list
  (dict "name" "tls" "value" "tls" "from" $tls "pair" "listen.tls")
  (dict "name" "client-ca" "value" "tls.clientCa" "from" $values.tls.clientCa "file" "ca.crt" "setting" "listen.tls.clientCaFile")
  (dict "name" "tokens" "value" "tokens" "from" $values.tokens "setting" "credentials.tokenDirectory")
  (dict "name" "kafka-ca" "value" "kafka.ca" "from" $values.kafka.ca "file" "ca.crt" "setting" "kafka.tls.caFile")
  (dict "name" "kafka-client" "value" "kafka.clientCertificate" "from" $kafkaClient "pair" "kafka.tls")
  (dict "name" "kafka-password" "value" "kafka.password" "from" $kafkaPassword "file" "password" "setting" "kafka.sasl.passwordFile")
  (dict "name" "kafka-oauth" "value" "kafka.oauthClientSecret" "from" $values.kafka.oauthClientSecret "file" "client-secret" "setting" "kafka.sasl.oauth.clientSecretFile")
  (dict "name" "kafka-oauth-ca" "value" "kafka.oauthCa" "from" $values.kafka.oauthCa "file" "ca.crt" "setting" "kafka.sasl.oauth.caFile")
  (dict "name" "registry-ca" "value" "registry.ca" "from" $values.registry.ca "file" "ca.crt" "setting" "registry.tls.caFile")
  (dict "name" "registry-client" "value" "registry.clientCertificate" "from" $values.registry.clientCertificate "pair" "registry.tls")
  (dict "name" "registry-password" "value" "registry.password" "from" $values.registry.password "file" "password" "setting" "registry.auth.passwordFile")
  (dict "name" "registry-token" "value" "registry.token" "from" $values.registry.token "file" "token" "setting" "registry.auth.tokenFile")
  (dict "name" "registry-oauth" "value" "registry.oauthClientSecret" "from" $values.registry.oauthClientSecret "file" "client-secret" "setting" "registry.auth.oauth.clientSecretFile")
  (dict "name" "registry-oauth-ca" "value" "registry.oauthCa" "from" $values.registry.oauthCa "file" "ca.crt" "setting" "registry.auth.oauth.caFile")
-}}
{{- $mounts := list -}}
{{- range $references -}}
{{- if or .from.existingSecret .from.existingConfigMap -}}
{{- $mount := dict "name" .name "value" .value "secret" .from.existingSecret "configMap" .from.existingConfigMap -}}
{{- if .pair -}}
{{- $_ := set $mount "files" (dict "tls.crt" .from.certificateKey "tls.key" .from.privateKeyKey) -}}
{{- $_ := set $mount "settings" (dict (printf "%s.certFile" .pair) "tls.crt" (printf "%s.keyFile" .pair) "tls.key") -}}
{{- else if .file -}}
{{- $_ := set $mount "files" (dict .file .from.key) -}}
{{- $_ := set $mount "settings" (dict .setting .file) -}}
{{- else -}}
{{- $_ := set $mount "settings" (dict .setting "") -}}
{{- end -}}
{{- $mounts = append $mounts $mount -}}
{{- end -}}
{{- end -}}
{{- toJson $mounts -}}
{{- end -}}

{{/* One of those mounts as a volume, `optional` where the process itself tells what is missing. Mode 0440 (288): the process reads by its group, and nobody else does. */}}
{{- define "nbwss-bridge.volume" -}}
- name: {{ .name }}
  {{- if .secret }}
  secret:
    secretName: {{ .secret }}
    defaultMode: 288
    {{- if .optional }}
    optional: true
    {{- end }}
  {{- else }}
  configMap:
    name: {{ .configMap }}
    defaultMode: 288
  {{- end }}
    {{- with .files }}
    items:
      {{- range $file, $key := . }}
      - key: {{ $key }}
        path: {{ $file }}
      {{- end }}
    {{- end }}
{{- end -}}

{{/* One of those mounts as a container has it. Directories only: what is mounted by subPath is never renewed. */}}
{{- define "nbwss-bridge.volumeMount" -}}
- name: {{ .name }}
  mountPath: /etc/nbwss-bridge/{{ .name }}
  readOnly: true
{{- end -}}
