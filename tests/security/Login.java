// Usage: java -cp postgresql.jar Login.java URL USER PASSWORD. Prints current_user, or the SQLSTATE.

import java.sql.*;

class Login {
    public static void main(String[] arguments) throws Exception {
        try (Connection c = DriverManager.getConnection(arguments[0], arguments[1], arguments[2]);
                ResultSet rows = c.createStatement().executeQuery("SELECT current_user")) {
            rows.next();
            System.out.println(rows.getString(1));
        } catch (SQLException e) {
            System.out.println("error " + e.getSQLState());
        }
    }
}
